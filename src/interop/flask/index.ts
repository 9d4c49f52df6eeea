/**
 * Sessions of Flask: its signed cookie, and what Flask-Session keeps in Redis, read and written; and its live sessions, shared or adopted.
 *
 * @module
 */
import type { Adoptable } from '../../core/features/adopt.ts'
import { adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { ForeignSessions } from '../_shared/sessions.ts'
import type { ShareOptions } from '../_shared/sessions.ts'
import { flaskFormat } from './format.ts'
import type { FlaskOptions, FlaskPrincipal } from './format.ts'

export { readFlaskCookie, writeFlaskCookie } from './cookie.ts'
export type { FlaskCookieReading, FlaskCookieSigning } from './cookie.ts'
export { readFlaskSessionValue, signFlaskSessionId, unsignFlaskSessionId, writeFlaskSessionValue } from './session-value.ts'
export type { FlaskSessionFormat } from './session-value.ts'
export { Float, Markup, PreciseDate, Tuple, Uuid } from '../_python/python.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
export type { FlaskOptions, FlaskPrincipal, FlaskSessionCookie, FlaskSessionRedis } from './format.ts'
export type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
export type { AdoptOptions } from '../_shared/adopt.ts'
export type { ForeignSessions, ShareOptions } from '../_shared/sessions.ts'

/**
 * For `adopt` of `createSessions`: a visitor with only Flask's cookie gets a session of ours with that data, and is signed in if Flask-Login, or
 * `principal`, says so. Tuples become arrays, Markup and UUIDs text, whole floats numbers.
 *
 * @example
 * ```ts from: examples/reference/interop/flask.ts#adopt
 * const sessions = createSessions({ secrets, store, adopt: [flask({ secrets: process.env.FLASK_SECRET_KEY! })] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function flask(options: FlaskOptions & AdoptOptions): Adoptable {
  return adoptable(flaskFormat(options, { plain: true }), options)
}

/** What {@link flaskSessions} takes. */
export interface FlaskSharing extends FlaskOptions, ShareOptions {
  /** How the application keeps who is signed in. Default: as Flask-Login does. */
  readonly principal?: FlaskPrincipal
}

/**
 * The live sessions of an application of Flask, through the same handle and the same adapters, read and written: in its signed cookie, or in the
 * Redis of Flask-Session.
 *
 * In a cookie the last response wins between parallel requests, and a copy of the cookie works until it expires, whoever signed out: as in Flask itself. In
 * Redis requests of Node lose nothing among each other; Flask-Session writes the whole session without looking.
 *
 * @example
 * ```ts from: examples/reference/interop/flask.ts#share
 * const sessions = flaskSessions({ secrets: process.env.FLASK_SECRET_KEY! })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function flaskSessions<Data extends object = Record<string, unknown>>(options: FlaskSharing): ForeignSessions<Partial<Data>> {
  return new ForeignSessions<Partial<Data>>(flaskFormat(options, { principal: options.principal }), options)
}
