import type { RequestHandler } from 'express'
import type { Guard } from 'sojourn'
import { leadOn } from './carrier.ts'
import type { ShopData } from './sessions.ts'
import type { Shop } from './shop.ts'

/**
 * Headers that every page gets. `no-store`: after a sign-out the back button must not bring back what was shown before
 * (ASVS 5.0 14.3.2).
 */
export function protectPages(isPhone: boolean): RequestHandler {
  const policy = [
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'",
    `base-uri 'none'; form-action 'self'; frame-ancestors ${isPhone ? "'self'" : "'none'"}`,
  ].join('; ')
  return (_req, res, next) => {
    res.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    })
    next()
  }
}

/**
 * Lets pass whom a guard lets pass, and leads others where it says. `guard` of `sojourn/express` does that where
 * sessions need not come along in links.
 */
export function only({ sessions }: Shop, guard: Guard<ShopData>): RequestHandler {
  return async (req, res, next) => {
    const refusal = await guard(req, sessions.open(req))
    if (!refusal) return next()
    const headers = Object.fromEntries(refusal.headers)
    const { Location: to, ...others } = headers
    res.set(others)
    if (to) await leadOn(res, to)
    else res.status(refusal.status).send(refusal.body)
  }
}
