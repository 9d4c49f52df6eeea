/**
 * A session as the stores of express-session keep it: one JSON object with `cookie` first and then the data.
 *
 * @module
 */
import { define } from '../../core/record/values.ts'

/** The cookie's settings in express-session's own words; `maxAge` in milliseconds. */
export interface ExpressCookieOptions {
  readonly maxAge?: number | null
  readonly path?: string
  readonly domain?: string
  readonly secure?: boolean
  readonly httpOnly?: boolean
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none'
  readonly partitioned?: boolean
  readonly priority?: 'low' | 'medium' | 'high'
}

/**
 * The part of the cookie that the record keeps. `expires` is that of the last write and becomes outdated: the store's
 * own deadline counts.
 */
export interface ExpressRecordCookie {
  readonly originalMaxAge?: number | null
  readonly expires?: string | null
  readonly [attribute: string]: unknown
}

export interface ExpressRecord {
  readonly cookie: ExpressRecordCookie
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Reads what connect-redis keeps under a key, or connect-pg-simple in `sess`. Returns `undefined` for anything else.
 * Never throws.
 */
export function readSession(text: string): ExpressRecord | undefined {
  try {
    return checkedRecord(JSON.parse(text))
  } catch {
    return undefined
  }
}

function checkedRecord(session: unknown): ExpressRecord | undefined {
  if (typeof session !== 'object' || session === null || Array.isArray(session)) return undefined
  const { cookie } = session as { cookie?: unknown }
  if (typeof cookie !== 'object' || cookie === null || Array.isArray(cookie)) return undefined
  const data: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(session)) if (key !== 'cookie') define(data, key, value)
  return { cookie: cookie as ExpressRecordCookie, data }
}

/** Returns `undefined` for values that are nested too deeply to be written. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Writes the text that connect-redis and connect-pg-simple would write. */
export function writeSession({ cookie, data }: ExpressRecord): string {
  const session: Record<string, unknown> = { cookie }
  for (const [key, value] of Object.entries(data)) if (key !== 'cookie') define(session, key, value)
  return JSON.stringify(session)
}

/** The `cookie` of a new record, in express-session's order. */
export function recordCookie(options: ExpressCookieOptions, now: number): ExpressRecordCookie {
  const { maxAge = null, partitioned, priority, secure, httpOnly = true, domain, path = '/', sameSite } = options
  const cookie = {
    originalMaxAge: maxAge,
    partitioned,
    priority,
    expires: maxAge === null ? null : new Date(now + maxAge).toISOString(),
    secure,
    httpOnly,
    domain,
    path,
    sameSite,
  }
  return Object.fromEntries(Object.entries(cookie).filter(([, value]) => value !== undefined))
}

/** The `cookie` of a record that is written again. */
export function renewedCookie(cookie: ExpressRecordCookie, now: number): ExpressRecordCookie {
  return { ...cookie, expires: maxAgeOf(cookie) === undefined ? null : new Date(now + maxAgeOf(cookie)!).toISOString() }
}

/** Milliseconds; `undefined` if the cookie lasts until the browser closes. */
export function maxAgeOf({ originalMaxAge }: ExpressRecordCookie): number | undefined {
  return typeof originalMaxAge === 'number' && Number.isFinite(originalMaxAge) && originalMaxAge > 0 && originalMaxAge <= MAX_LIFETIME
    ? originalMaxAge
    : undefined
}

/** The longest time that still gives a valid Date. */
const MAX_LIFETIME = 100_000 * 86_400_000

/** A session as stores expect it: its `cookie` has a `Date` and a `maxAge`, as express-session's own has. */
export function sessionFor(text: string): { cookie: object } {
  const session = JSON.parse(text) as { cookie: { expires?: unknown } }
  const expires = typeof session.cookie.expires === 'string' ? new Date(session.cookie.expires) : null
  const cookie = { ...session.cookie, expires }
  Object.defineProperty(cookie, 'maxAge', { get: () => (expires ? expires.getTime() - Date.now() : null) })
  return { ...session, cookie }
}
