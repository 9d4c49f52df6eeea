/**
 * Sessions in a folder of files: they outlive the process, and several processes of one machine share them.
 *
 * @module
 */
import { resolve } from 'node:path'
import { SojournError } from '../../core/basics/errors.ts'
import type { PrincipalIndex, Scanner, SessionStore, StoreEvent, Sweeper } from '../../core/contracts/store.ts'
import { Store } from './store.ts'

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * What an answered write has survived. `'full'`, the default: also a power cut, so that nobody is signed in again by one after
   * a logout. `'normal'`: the end of the process, while a power cut may undo the last writes; several times as fast.
   */
  readonly synchronous?: 'full' | 'normal'
}

/** What {@link fileStore} gives. There is no `count`: every folder would have to be opened. */
export interface FileStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Scanner
  onEvent(listener: (event: StoreEvent) => void): void
}

/**
 * Keeps each record in a small folder of its own below `folder`, which is made at the first write and which only its owner may enter. Safe with
 * several processes on one local disk; not on network file systems, whose renames may be done twice. No text that comes as an id leaves the folder.
 *
 * What is torn, empty or foreign counts as not found and is reported as the notice `corrupt`. What a process that was killed has left is
 * removed by the sweep.
 *
 * @throws ERR_SESSION_OPTIONS when the folder is not a text, or `synchronous` is neither of the two.
 * @example
 * ```ts from: examples/reference/stores.ts#file
 * const sessions = createSessions({ secrets, store: fileStore('sessions') })
 * ```
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): FileStore {
  const { synchronous = 'full' } = options
  // An empty path would be the current folder; what was meant is a variable that is not set.
  if (typeof folder !== 'string' || folder === '' || folder.includes('\u0000')) {
    throw new SojournError('ERR_SESSION_OPTIONS', "fileStore: give the path of a folder, such as 'sessions'.")
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new SojournError('ERR_SESSION_OPTIONS', `fileStore: synchronous must be 'full' or 'normal', not ${JSON.stringify(synchronous)}.`)
  }
  return new Store(resolve(folder), synchronous === 'full')
}
