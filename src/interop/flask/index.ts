/**
 * Sessions of Flask: its signed cookie, and what Flask-Session keeps in Redis.
 *
 * @module
 */
export { readFlaskCookie, writeFlaskCookie } from './cookie.ts'
export type { FlaskCookieReading, FlaskCookieSigning } from './cookie.ts'
export { readFlaskSessionValue, signFlaskSessionId, unsignFlaskSessionId, writeFlaskSessionValue } from './session-value.ts'
export type { FlaskSessionFormat } from './session-value.ts'
export { Float, Markup, PreciseDate, Tuple, Uuid } from '../_shared/python.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
