import { optionError } from '../../core/basics/errors.ts'
import type { SojournError } from '../../core/basics/errors.ts'

/**
 * Fails at the start, and not at the first request, if the package is not installed. A bundler may have put it into one
 * file with this code, so the question is asked only where this file is still itself.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function requireDriver(store: string, name: string): void {
  if (!/\/_shared\/driver\.[jt]s$/.test(import.meta.url) || typeof import.meta.resolve !== 'function') return
  try {
    import.meta.resolve(name)
  } catch (cause) {
    throw missingDriver(store, name, cause)
  }
}

/**
 * Loads the client with which a store opens a URL. An application that passes its own client does not need the package.
 *
 * @throws ERR_SESSION_OPTIONS if the package is not installed
 */
export async function loadDriver<Driver>(store: string, name: string, load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load()
  } catch (cause) {
    throw missingDriver(store, name, cause)
  }
}

function missingDriver(store: string, name: string, cause: unknown): SojournError {
  return optionError(`${store}: to open a URL it needs the package '${name}': npm install ${name}`, { cause })
}

/** A connection without an answer must not be kept for ever: no other would take its place. Milliseconds. */
export const MAX_SILENCE = 5_000

/** Something that is opened at the first call and closed with the store. */
export class Lazy<Opened> {
  readonly #open: () => Promise<Opened>
  readonly #release: (opened: Opened) => Promise<unknown> | void
  #opening: Promise<Opened> | undefined

  constructor(open: () => Promise<Opened>, release: (opened: Opened) => Promise<unknown> | void) {
    this.#open = open
    this.#release = release
  }

  get(): Promise<Opened> {
    return (this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    }))
  }

  /**
   * Forgets something that no longer works, so that the next call opens it anew. The caller closes it. Returns `false`
   * if another call has already done so.
   */
  async forget(opened: Opened): Promise<boolean> {
    const opening = this.#opening
    if ((await opening?.catch(() => undefined)) !== opened || this.#opening !== opening) return false
    this.#opening = undefined
    return true
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    if (opened !== undefined) await this.#release(opened)
  }
}
