import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Call } from '../../core/contracts/store.ts'
import { reasonOfSystem } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import type { ForeignEntry, ForeignStore } from '../_shared/format.ts'

/**
 * The engine `file`. A file has no deadline of its own: `expiresAt` computes it from the time of the last change and
 * from what the file holds.
 */
export class DjangoFiles implements ForeignStore<string> {
  readonly #folder: string
  readonly #prefix: string
  readonly #expiresAt: (raw: string, changedAt: number) => number

  /** @param name the first part of the files' names, before the session key */
  constructor(folder: string, name: string, expiresAt: (raw: string, changedAt: number) => number) {
    this.#folder = folder
    this.#prefix = join(folder, name)
    this.#expiresAt = expiresAt
  }

  async load(key: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    try {
      const path = this.#prefix + key
      const [raw, { mtimeMs }] = await Promise.all([readFile(path, 'latin1'), stat(path)])
      const expiresAt = this.#expiresAt(raw, mtimeMs)
      return expiresAt > now ? { raw, expiresAt } : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  create(key: string, raw: string, _expiresAt: number, { now }: Call): Promise<'created' | 'exists'> {
    return orRefused(() => this.#create(key, raw, now), reasonOfSystem)
  }

  async #create(key: string, raw: string, now: number): Promise<'created' | 'exists'> {
    const temporary = await this.#written(raw, now)
    try {
      await link(temporary, this.#prefix + key)
      return 'created'
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists'
      throw error
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /**
   * Not atomic: another process can write between the comparison and the replacement, as it can between two processes
   * of Django.
   */
  replace(key: string, old: string, next: string, _expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    return orRefused(() => this.#replace(key, old, next, call), reasonOfSystem)
  }

  async #replace(key: string, old: string, next: string, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const temporary = await this.#written(next, call.now)
    try {
      const newest = await this.load(key, call)
      if (newest?.raw !== old) return newest ?? 'gone'
      await rename(temporary, this.#prefix + key)
      return 'updated'
    } finally {
      await rm(temporary, { force: true })
    }
  }

  async touch(key: string, _expiresAt: number, call: Call): Promise<boolean> {
    if (!(await this.load(key, call))) return false
    await utimes(this.#prefix + key, call.now / 1_000, call.now / 1_000)
    return true
  }

  async delete(key: string): Promise<boolean> {
    try {
      await rm(this.#prefix + key)
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async close(): Promise<void> {}

  /** Only the owner can read the file, as with Django's. Its name is none that `clearsessions` takes for a session. */
  async #written(raw: string, now: number): Promise<string> {
    const temporary = join(this.#folder, `.${randomUUID()}`)
    await writeFile(temporary, raw, { mode: 0o600, flag: 'wx' })
    await utimes(temporary, now / 1_000, now / 1_000)
    return temporary
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
