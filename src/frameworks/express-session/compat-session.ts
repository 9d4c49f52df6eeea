import type { SessionCookie } from './cookie.ts'

export type Callback = (error?: unknown) => void

/** What a session asks of its request. */
export interface CompatSessionOwner {
  /** The application knows the session id, also if nothing is stored yet. */
  idWasRead(): void
  save(): Promise<void>
  regenerate(): Promise<void>
  destroy(): Promise<void>
  reload(): Promise<void>
}

/**
 * `req.session` as express-session has it: an object whose properties are the session data, stored as JSON. What changed in it, however deep,
 * is found before the response begins.
 *
 * The methods take a callback and then answer the session; without one they answer a promise, which may be left alone.
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
    // A copy; names that the session has itself are not data, as in express-session.
    for (const [key, value] of Object.entries(structuredClone(data))) if (!(key in this)) Object.assign(this, { [key]: value })
  }

  /** The public name of the session. */
  get id(): string {
    this.#owner.idWasRead()
    return this.#id
  }

  /** Saves now what changed so far; by itself that happens before the response begins. */
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

  /** Reads it again, into a new object at `req.session`; what changed here and was not saved is lost. */
  reload(callback?: Callback): this | Promise<void> {
    return this.#answer(this.#owner.reload(), callback)
  }

  /** Does nothing that a visit does not do by itself. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  #answer(done: Promise<void>, callback: Callback | undefined): this | Promise<void> {
    if (!callback) {
      // Nobody has to listen: what could not be saved fails the response, too.
      done.catch(() => undefined)
      return done
    }
    callBack(done, callback)
    return this
  }
}

/** Calls back outside of the promise: what the callback throws is its own, and no rejection. */
export function callBack(done: Promise<unknown>, callback: Callback): void {
  done.then(
    () => process.nextTick(callback),
    (error: unknown) => process.nextTick(callback, error),
  )
}

/** The session data of a session: JSON texts by key. What JSON leaves out (functions, `undefined`) is not in it. */
export function textsByKey(session: CompatSession): Map<string, string> {
  const texts = new Map<string, string>()
  for (const key of Object.keys(session)) {
    if (key === 'cookie' || key in CompatSession.prototype) continue
    const text = JSON.stringify(session[key]) as string | undefined
    if (text !== undefined) texts.set(key, text)
  }
  return texts
}
