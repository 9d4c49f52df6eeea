import type { ForeignValues, ForeignLifetime } from '../_shared/format.ts'
import { plainValue } from '../_python/python.ts'
import { decoded, EXPIRY } from './notation.ts'

/** The settings that lifetimes depend on. */
export interface DjangoAges {
  /** Milliseconds. */
  readonly cookieAge: number
  readonly expireAtBrowserClose: boolean
}

/**
 * The lifetime as `get_expiry_date` and `get_expire_at_browser_close` compute it: from what `set_expiry` left in the
 * data, or from the settings.
 */
export function lifetimeOf(values: ForeignValues, now: number, { cookieAge, expireAtBrowserClose }: DjangoAges): ForeignLifetime {
  const kept = values.get(EXPIRY)
  const expiry = kept && plainValue(decoded(kept))
  if (expiry === 0) return { expiresAt: now + cookieAge }
  const age = typeof expiry === 'number' ? expiry * 1_000 : typeof expiry === 'string' ? Date.parse(expiry) - now : Number.NaN
  if (Number.isNaN(age)) return { expiresAt: now + cookieAge, cookieMaxAge: expireAtBrowserClose ? undefined : cookieAge }
  const expiresAt = Math.min(Math.max(now + age, 0), LATEST)
  return { expiresAt, cookieMaxAge: Math.max(expiresAt - now, 0) }
}

/** The latest instant that every database can hold. */
const LATEST = Date.parse('9999-12-31T23:59:59Z')
