/**
 * Reads and writes Flask's signed cookie, and what Flask-Session keeps in Redis. Shares or adopts live sessions of
 * Flask.
 *
 * @module
 */
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { Adoptable } from '../../core/features/adopt.ts'
import { ADOPT_OPTIONS, adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { SHARE_OPTIONS, SharedSessions } from '../_shared/shared-sessions.ts'
import type { ShareOptions } from '../_shared/shared-sessions.ts'
import { flaskFormat } from './format.ts'
import type { FlaskOptions, FlaskPrincipal } from './format.ts'

export { readSession, writeSession } from './cookie.ts'
export type { FlaskSessionReading, FlaskSessionWriting } from './cookie.ts'
export { readStoredSession, signSessionId, unsignSessionId, writeStoredSession } from './session-value.ts'
export type { FlaskSessionFormat } from './session-value.ts'
export { Float, Markup, PreciseDate, Tuple, Uuid } from '../_python/python.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
export type { FlaskOptions, FlaskPrincipal, FlaskSessionCookie, FlaskSessionRedis } from './format.ts'
export type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
export type { AdoptOptions } from '../_shared/adopt.ts'
export type { SharedSessions, ShareOptions } from '../_shared/shared-sessions.ts'

const OPTIONS: KnownOptions<FlaskOptions> = { secrets: true, cookie: true, lifetime: true, permanent: true, redis: true }

/**
 * For the option `adopt` of `createSessions`: a visitor who has only Flask's cookie gets a session of ours with that
 * data, and is signed in if Flask-Login or `principal` says so. Tuples become arrays, Markup and UUIDs become text,
 * whole floats become numbers.
 *
 * @example
 * ```ts from: examples/reference/interop/flask.ts#adopt
 * const sessions = createSessions({ secrets, store, adopt: [adoptFlask({ secrets: process.env.FLASK_SECRET_KEY! })] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function adoptFlask(options: FlaskOptions & AdoptOptions): Adoptable {
  checkOptions<FlaskOptions & AdoptOptions>('adoptFlask', options, { ...OPTIONS, ...ADOPT_OPTIONS })
  return adoptable(flaskFormat(options, { plain: true }), options)
}

/** The options of {@link shareFlask}. */
export interface ShareFlaskOptions extends FlaskOptions, ShareOptions {
  /** How the application keeps who is signed in. Default: as Flask-Login does. */
  readonly principal?: FlaskPrincipal
}

/**
 * The live sessions of a Flask application, read and written through the same handle and the same adapters. They are in
 * its signed cookie, or in the Redis of Flask-Session.
 *
 * In a cookie the last of several parallel responses wins, and a copy of the cookie works until it expires, even after
 * a sign-out. It is the same in Flask. In Redis requests of Node lose none of each other's changes; Flask-Session
 * writes the whole session without comparing.
 *
 * @example
 * ```ts from: examples/reference/interop/flask.ts#share
 * const sessions = shareFlask({ secrets: process.env.FLASK_SECRET_KEY! })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function shareFlask<Data extends object = Record<string, unknown>>(options: ShareFlaskOptions): SharedSessions<Partial<Data>> {
  checkOptions<ShareFlaskOptions>('shareFlask', options, { ...OPTIONS, ...SHARE_OPTIONS, principal: true })
  return new SharedSessions<Partial<Data>>(flaskFormat(options, { principal: options.principal }), options)
}
