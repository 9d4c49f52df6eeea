import type { RequestHandler } from 'express'

/**
 * Headers that every page gets. `no-store`: after a sign-out the back button must not bring back what was shown before
 * (ASVS 5.0 14.3.2).
 */
export const protectPages: RequestHandler = (_req, res, next) => {
  res.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  next()
}

/** A form is taken only from the shop's own pages: a browser says where it comes from, and one that says nothing is refused. */
export const sameOriginOnly: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next()
  const site = req.get('Sec-Fetch-Site')
  if (site === undefined ? isOwn(req.get('Origin'), req.get('Host')) : site === 'same-origin') return next()
  res.status(403).type('text').send('This form was not sent from the shop.')
}

function isOwn(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}
