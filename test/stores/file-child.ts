/**
 * A process of its own over a file store: one that may not enter its folder, or one that stands still right before a
 * rename.
 */
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { StoredRecord } from '../../src/contracts.ts'

export interface FileTask {
  readonly folder: string
  readonly record: StoredRecord
  readonly now: number
  /** The user to become, before the store is asked. */
  readonly user?: number
  /** Stand still before this rename, and say so. */
  readonly stopAt?: number
  readonly ask: 'create' | 'update' | 'load' | 'delete'
}

process.once('message', ({ folder, record, now, user, stopAt, ask }: FileTask) => {
  void (async () => {
    const { rename } = files
    let renames = 0
    files.rename = (...paths) => {
      if (++renames !== stopAt) return rename(...paths)
      process.send!('stopped')
      return new Promise(() => undefined)
    }
    syncBuiltinESMExports()
    const { fileStore } = await import('../../src/stores/file/index.ts')
    if (user !== undefined) process.seteuid!(user)
    const store = fileStore(folder)
    const call = { now, signal: new AbortController().signal }
    const asked: unknown = ask === 'load' || ask === 'delete' ? store[ask](record.id, call) : store[ask](record, call)
    process.send!(await Promise.resolve(asked).then(JSON.stringify, (error: NodeJS.ErrnoException) => error.code ?? String(error)))
  })()
})
