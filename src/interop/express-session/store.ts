/**
 * The part of an express-session `Store` that is used here, with promises.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'

/**
 * A store of the express-session ecosystem: connect-redis, connect-pg-simple, `MemoryStore` and others. It takes and
 * returns sessions as plain objects with a `cookie`.
 */
export interface ExpressStore {
  get(sid: string, callback: (error: unknown, session?: { cookie: object } | null) => void): unknown
  set(sid: string, session: { cookie: object }, callback?: (error?: unknown) => void): unknown
  destroy(sid: string, callback?: (error?: unknown) => void): unknown
  touch?(sid: string, session: { cookie: object }, callback?: (error?: unknown) => void): unknown
}

/**
 * @param message what to pass instead
 * @throws ERR_SESSION_OPTIONS for what cannot get, set and destroy
 */
export function checkStore(store: ExpressStore, message: string): void {
  const methods = ['get', 'set', 'destroy'] as const
  if (methods.some((name) => typeof (store as Partial<ExpressStore> | undefined)?.[name] !== 'function')) throw optionError(message)
}

/**
 * Returns `undefined` if there is no such session. Some stores report that as ENOENT, which express-session accepts
 * too.
 */
export function getSession(store: ExpressStore, sid: string): Promise<object | undefined> {
  return new Promise((resolve, reject) => {
    store.get(sid, (error, session) => {
      if (error && (error as { code?: unknown }).code !== 'ENOENT') reject(asError(error))
      else resolve(typeof session === 'object' && session !== null ? session : undefined)
    })
  })
}

export function setSession(store: ExpressStore, sid: string, session: { cookie: object }): Promise<void> {
  return called((done) => store.set(sid, session, done))
}

export function destroySession(store: ExpressStore, sid: string): Promise<void> {
  return called((done) => store.destroy(sid, done))
}

/** As express-session does with `resave`, it writes the whole session to a store that cannot touch. */
export function touchSession(store: ExpressStore, sid: string, session: { cookie: object }): Promise<void> {
  return called((done) => (store.touch ? store.touch(sid, session, done) : store.set(sid, session, done)))
}

function called(call: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(asError(error)) : resolve()))
  })
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
