/**
 * `session.Store`: what store packages extend, in old style (`Store.call(this)`, `util.inherits`) or as a class.
 *
 * @module
 */
import { EventEmitter } from 'node:events'
import { Cookie } from './cookie.ts'
import type { CompatCookieSettings } from './cookie.ts'
import { oldClass } from './old-class.ts'
import type { OldClass } from './old-class.ts'
import { CompatSession } from './session.ts'
import type { Callback, SessionCarrier } from './session.ts'

/** A session as a store keeps it. */
export type KeptSession = Readonly<Record<string, unknown>> & { readonly cookie: CompatCookieSettings }

/** A store of express-session, with the methods that every one inherits. */
export interface CompatStore extends EventEmitter {
  get(sid: string, callback: (error?: unknown, session?: KeptSession | null) => void): unknown
  set(sid: string, session: object, callback?: Callback): unknown
  destroy(sid: string, callback?: Callback): unknown
  touch?(sid: string, session: object, callback?: Callback): unknown
  /** Begins a session for a request; set by the middleware that uses the store. */
  generate?(request: SessionCarrier): void
  regenerate(request: SessionCarrier, callback: Callback): void
  load(sid: string, callback: (error?: unknown, session?: CompatSession) => void): void
  createSession(request: SessionCarrier, session: KeptSession): CompatSession
}

const methods: Pick<CompatStore, 'regenerate' | 'load' | 'createSession'> & ThisType<CompatStore> = {
  /** Ends the session of a request and begins another. */
  regenerate(request, callback) {
    this.destroy(request.sessionID!, (error) => {
      this.generate!(request)
      callback(error)
    })
  },

  /** Reads a session by its id; without an error and without a session if there is none. */
  load(sid, callback) {
    this.get(sid, (error, session) => {
      if (error || !session) callback(error)
      else callback(undefined, this.createSession({ sessionID: sid, sessionStore: this }, session))
    })
  },

  /** Makes `req.session` of what a store keeps. */
  createSession(request, session) {
    const made = new CompatSession(request, { ...session, cookie: Cookie.of(session.cookie) })
    request.session = made
    return made
  },
}

export const Store: OldClass<CompatStore> = oldClass(
  function Store(this: object) {
    EventEmitter.call(this as EventEmitter)
  },
  EventEmitter,
  methods,
)
