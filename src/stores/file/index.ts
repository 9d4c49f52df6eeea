/**
 * Sessions in a folder of files: they outlive the process, and several processes of one machine share them.
 *
 * @module
 */
import { resolve } from 'node:path'
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { PrincipalIndex, Scanner, SessionStore, StoreEvent, Sweeper } from '../../core/contracts/store.ts'
import { requireOwnFolder } from './disk.ts'
import { FileSessionStore } from './store.ts'

/** Options of {@link fileStore}. */
export interface FileStoreOptions {
  /**
   * What a finished write survives. `'full'`, the default: also a power cut, so that none can undo a logout.
   * `'normal'`: the end of the process, but a power cut may undo the last writes. It is several times as fast.
   */
  readonly synchronous?: 'full' | 'normal'
}

/** What {@link fileStore} returns. There is no `count`, because it would have to open every folder. */
export interface FileStore extends SessionStore {
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Scanner
  onEvent(listener: (event: StoreEvent) => void): void
}

const OPTIONS: KnownOptions<FileStoreOptions> = { synchronous: true }

/**
 * Keeps each record in a small folder of its own below `folder`. `folder` is made at the first write, and only its
 * owner may enter it. Several processes can use it on one local disk. Do not use it on a network file system, which may
 * do a rename twice. No id, whatever its text, leads out of the folder.
 *
 * A torn, empty or foreign file counts as not found and is reported as the event `unreadable`. The sweep removes what
 * killed processes have left.
 *
 * @throws ERR_SESSION_OPTIONS when the folder is not a text, everybody may write it, or `synchronous` is not one of
 * the two.
 * @example
 * ```ts from: examples/reference/stores.ts#file
 * const sessions = createSessions({ secrets, store: fileStore('sessions') })
 * ```
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): FileStore {
  checkOptions('fileStore', options, OPTIONS)
  const { synchronous = 'full' } = options
  // An empty path would be the current folder. It probably comes from a variable that is not set.
  if (typeof folder !== 'string' || folder === '' || folder.includes('\u0000')) {
    throw optionError("fileStore: give the path of a folder, such as 'sessions'.")
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw optionError(`fileStore: synchronous must be 'full' or 'normal', not ${JSON.stringify(synchronous)}.`)
  }
  requireOwnFolder(resolve(folder))
  return new FileSessionStore(resolve(folder), synchronous === 'full')
}
