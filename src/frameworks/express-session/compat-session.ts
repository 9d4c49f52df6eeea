import type { SessionCookie } from './cookie.ts'

export type Callback = (error?: unknown) => void

/** What a compat session needs of its request. */
export interface CompatSessionOwner {
  /** The application has read the session id, perhaps before anything is stored. */
  idWasRead(): void
  save(): Promise<void>
  regenerate(): Promise<void>
  destroy(): Promise<void>
  reload(): Promise<void>
}

/**
 * `req.session` as express-session has it: an object whose properties are the session data, stored as JSON. Changes are
 * found before the response begins, however deep they are.
 *
 * The methods return the session if they get a callback. Without one they return a promise, which need not be awaited.
 */
export class CompatSession {
  [key: string]: unknown
  cookie: SessionCookie
  readonly #owner: CompatSessionOwner
  readonly #id: string

  constructor(owner: CompatSessionOwner, id: string, cookie: SessionCookie, data: Readonly<Record<string, unknown>>) {
    this.#owner = owner
    this.#id = id
    this.cookie = cookie
    // A copy, because the handle must not see changes before they are recorded. As in express-session, a property with
    // the name of a method is not data.
    for (const [key, value] of Object.entries(structuredClone(data))) if (!(key in this)) Object.assign(this, { [key]: value })
  }

  /** The public name of the session. */
  get id(): string {
    this.#owner.idWasRead()
    return this.#id
  }

  /** Saves the changes made so far. Without this call they are saved before the response begins. */
  save(callback?: Callback): this | Promise<void> {
    return this.#answer(this.#owner.save(), callback)
  }

  /** Ends this session and begins an empty one, at `req.session`. */
  regenerate(callback?: Callback): this | Promise<void> {
    return this.#answer(this.#owner.regenerate(), callback)
  }

  /** Ends this session; `req.session` is then `undefined`. */
  destroy(callback?: Callback): this | Promise<void> {
    return this.#answer(this.#owner.destroy(), callback)
  }

  /** Reads the session again, into a new object at `req.session`. Changes that were not saved are lost. */
  reload(callback?: Callback): this | Promise<void> {
    return this.#answer(this.#owner.reload(), callback)
  }

  /** Has no effect of its own, because every visit extends the session. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  #answer(done: Promise<void>, callback: Callback | undefined): this | Promise<void> {
    if (!callback) {
      // The promise may be ignored: if saving fails, the response fails too.
      done.catch(() => undefined)
      return done
    }
    callBack(done, callback)
    return this
  }
}

/** Calls back outside the promise, so that an error thrown by the callback is not taken for a rejection. */
export function callBack(done: Promise<unknown>, callback: Callback): void {
  done.then(
    () => process.nextTick(callback),
    (error: unknown) => process.nextTick(callback, error),
  )
}

/** The session data: JSON texts by key. Values that JSON leaves out (functions, `undefined`) are missing. */
export function textsByKey(session: CompatSession): Map<string, string> {
  const texts = new Map<string, string>()
  for (const key of Object.keys(session)) {
    if (key === 'cookie' || key in CompatSession.prototype) continue
    const text = JSON.stringify(session[key]) as string | undefined
    if (text !== undefined) texts.set(key, text)
  }
  return texts
}
