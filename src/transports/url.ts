/**
 * Tokens in addresses, for clients without cookies.
 *
 * @module
 */
import { parameterOf } from '../core/token/paths.ts'
import type { Duration } from '../core/basics/time.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { linkTransport } from './_shared/link-transport.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface UrlOptions {
  /** The name of the query parameter. Default: the application's `name`, which is `session` by default. */
  readonly parameter?: string
  /** How long a link is valid. Default `'30m'`; `session.url` can set it for one link. */
  readonly lifetime?: Duration
}

const OPTIONS: KnownOptions<UrlOptions> = { parameter: true, lifetime: true }

/**
 * Carries tokens in a query parameter, written by `session.url('/checkout')`.
 *
 * **Does not conform to ASVS 5.0 14.2.1 (4.0.3: 3.1.1)**: addresses end up in histories, logs and screenshots, and
 * people pass them on. To limit the damage, the token of an address is derived for that link. It is valid for a short
 * time, for one path or one use if you say so, and not after the next login or logout. Responses have
 * `Referrer-Policy: no-referrer`, and `Cache-Control: no-store`.
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function urlTransport(options: UrlOptions = {}): TransportFactory {
  checkOptions('urlTransport', options, OPTIONS)
  const { parameter, lifetime } = options
  return linkTransport({ kind: 3, in: 'url', name: parameter, lifetime, find: ({ url = '' }, name) => parameterOf(url, name) })
}
