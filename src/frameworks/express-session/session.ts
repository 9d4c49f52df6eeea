import type { Cookie } from './cookie.ts'

export type Callback = (error?: unknown) => void

/** Whoever keeps the session of a request: the middleware, for requests that went through it. */
export interface SessionOwner {
  /** Whether this is the request's session now, and not one that it had before. */
  has(session: CompatSession): boolean
  save(): Promise<void>
  regenerate(): Promise<void>
  destroy(): Promise<void>
  reload(): Promise<void>
  /** For `store.generate(req)`: `req.session` is a new one from now on. */
  generate(): void
}

/**
 * The part of a request that a session needs. Outside of the middleware, at a socket for example, it is this and no
 * more.
 */
export interface SessionCarrier {
  session?: unknown
  sessionID?: string
  sessionStore?: CarriedStore
  [OWNER]?: SessionOwner
}

interface CarriedStore {
  get(sid: string, done: (error?: unknown, session?: object | null) => void): unknown
  set(sid: string, session: object, done: Callback): unknown
  destroy(sid: string, done?: Callback): unknown
  createSession(request: SessionCarrier, session: never): unknown
  regenerate(request: SessionCarrier, done: Callback): unknown
}

/** Where a request keeps the owner of its session. */
export const OWNER: unique symbol = Symbol('sojourn.express-session')

/**
 * `req.session` as express-session has it: an object whose properties are the session data, stored as JSON. Changes are
 * found before the response begins, however deep they are.
 *
 * The methods return the session if they get a callback. Without one they return a promise, which need not be awaited.
 * A session that no request owns, made by `store.createSession`, is saved, read and ended through its store.
 */
export class CompatSession {
  [key: string]: unknown
  declare readonly id: string
  declare readonly req: object
  declare cookie: Cookie

  /** @param id express-session takes it from the request */
  constructor(request: object, data?: object | null, id: string | undefined = (request as SessionCarrier).sessionID) {
    Object.defineProperty(this, 'req', { value: request })
    Object.defineProperty(this, 'id', { value: id })
    // As in express-session, a property with the name of a method is not data.
    for (const [key, value] of Object.entries(data ?? {})) if (!(key in this)) this[key] = value
  }

  /** Saves the changes made so far. Without this call they are saved before the response begins. */
  save(callback?: Callback): this | Promise<void> {
    const owner = this.#carrier[OWNER]
    // What an earlier session of the request still writes must not bring it back.
    if (owner) return this.#settle(owner.has(this) ? owner.save() : Promise.resolve(), callback)
    this.#store.set(this.id, this, callback ?? (() => undefined))
    return this
  }

  /** Ends this session and begins an empty one, at `req.session`. */
  regenerate(callback?: Callback): this | Promise<void> {
    const owner = this.#carrier[OWNER]
    if (owner) return this.#settle(owner.regenerate(), callback)
    this.#store.regenerate(this.#carrier, callback ?? (() => undefined))
    return this
  }

  /** Ends this session; `req.session` is then `undefined`. */
  destroy(callback?: Callback): this | Promise<void> {
    const owner = this.#carrier[OWNER]
    if (owner?.has(this)) return this.#settle(owner.destroy(), callback)
    if (!owner) Reflect.deleteProperty(this.req, 'session')
    this.#store.destroy(this.id, callback)
    return this
  }

  /** Reads the session again, into a new object at `req.session`. Changes that were not saved are lost. */
  reload(callback?: Callback): this | Promise<void> {
    const owner = this.#carrier[OWNER]
    if (owner) return this.#settle(owner.reload(), callback)
    this.#store.get(this.id, (error, session) => {
      if (!error && session) this.#store.createSession(this.#carrier, session as never)
      callback?.(error ?? (session ? undefined : new Error('failed to load session')))
    })
    return this
  }

  /** Has no effect of its own, because every visit extends the session. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  get #store(): CarriedStore {
    return this.#carrier.sessionStore!
  }

  get #carrier(): SessionCarrier {
    return this.req
  }

  #settle(done: Promise<void>, callback: Callback | undefined): this | Promise<void> {
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
