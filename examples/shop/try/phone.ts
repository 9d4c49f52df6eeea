/**
 * A second browser inside of the first: what is below `/phone` is the same shop, over the same store, whose cookies have
 * other names. So it has a session of its own.
 *
 * @module
 */
import type { RequestHandler } from 'express'
import { cookieTransport } from 'sojourn'
import type { TransportFactory } from 'sojourn'

export const PHONE_PATH = '/phone'

const AGENT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1'

export const phoneTransport: TransportFactory = ({ development }) => cookieTransport({ path: PHONE_PATH })({ name: 'phone', development })

/** What the phone's requests look like to the shop. */
export const onPhone: RequestHandler = (req, _res, next) => {
  req.headers['user-agent'] = AGENT
  // As if the shop were at the top there: what leads back to a page is written below the path again on its way out.
  req.originalUrl = req.url
  next()
}
