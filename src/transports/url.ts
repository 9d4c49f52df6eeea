/**
 * Tokens in addresses, for clients that keep no cookies.
 *
 * @module
 */
import { parameterOf } from '../core/token/paths.ts'
import type { Duration } from '../core/basics/time.ts'
import { linkTransport } from './_shared/link-transport.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface UrlOptions {
  /** The query parameter. Default: the application's `name`, `session`. */
  readonly parameter?: string
  /** How long a link is good. Default `'30m'`; one link may say otherwise. */
  readonly lifetime?: Duration
}

/**
 * Tokens in a query parameter, written by `session.url('/checkout')`.
 *
 * **Does not conform to ASVS 5.0 14.2.1 (4.0.3: 3.1.1)**: addresses end up in histories, logs and screenshots, and are passed on. What is in them here
 * is derived for its link, good for a short time, for one path or one use if you say so, and dead after the next login or logout;
 * responses that touch the session say `Cache-Control: no-store` and `Referrer-Policy: no-referrer`.
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function urlTransport({ parameter, lifetime }: UrlOptions = {}): TransportFactory {
  return linkTransport({ kind: 3, in: 'url', name: parameter, lifetime, find: ({ url = '' }, name) => parameterOf(url, name) })
}
