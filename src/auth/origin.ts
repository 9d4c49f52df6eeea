/**
 * Where a request comes from, by two headers that browsers set and pages cannot forge: `Sec-Fetch-Site` and `Origin`.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { headerOf } from '../core/request/header.ts'
import type { RequestLike } from '../core/contracts/transport.ts'

/**
 * - `own`: from the site itself, from a trusted origin, or typed by the user.
 * - `cross-site`: from another site by `Sec-Fetch-Site`; a sibling domain is another site too.
 * - `origin`: from another site by `Origin`.
 * - `unknown`: neither header tells: an old browser, or a client that is no browser.
 */
export type Provenance = 'own' | 'cross-site' | 'origin' | 'unknown'

/** @param isPlainHttp whether the site's own pages may come over plain HTTP */
export function provenanceOf(request: RequestLike, trusted: ReadonlySet<string>, isPlainHttp: boolean): Provenance {
  const origin = headerOf(request, 'origin')
  if (origin !== undefined && trusted.has(origin)) return 'own'
  switch (headerOf(request, 'sec-fetch-site')) {
    case 'same-origin':
      return 'own'
    case 'none':
      // What the user did, such as sending a form again. An extension's fetch sends `none` too, but not this mode.
      if (headerOf(request, 'sec-fetch-mode') === 'navigate') return 'own'
      break
    case 'same-site':
    case 'cross-site':
      return 'cross-site'
    default:
    // Missing, or a value that is not defined yet.
  }
  if (origin === undefined) return 'unknown'
  return isOwn(origin, request, isPlainHttp) ? 'own' : 'origin'
}

/**
 * Compares hosts only. Whether a proxy in front speaks HTTPS cannot be seen, but a browser that sends `Secure` cookies
 * uses HTTPS.
 */
function isOwn(origin: string, request: RequestLike, isPlainHttp: boolean): boolean {
  const host = hostOf(request)
  if (host === undefined) return false
  return origin === originOf(`https://${host}`) || (isPlainHttp && origin === originOf(`http://${host}`))
}

/** A Fetch `Request` may have the host in its address only, HTTP/2 has it in `:authority`. */
function hostOf(request: RequestLike): string | undefined {
  const host = headerOf(request, 'host') ?? (typeof request.headers.get === 'function' ? undefined : headerOf(request, ':authority'))
  if (host !== undefined) return host
  return request.url !== undefined && URL.canParse(request.url) ? new URL(request.url).host : undefined
}

function originOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).origin : undefined
}

/** @throws ERR_SESSION_OPTIONS */
export function readOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    if (typeof origin === 'string' && origin.includes('*'))
      throw optionError(
        `trustedOrigins: ${JSON.stringify(origin)} would match nothing, because origins are compared as they are. Name each.`,
      )
    if (originOf(origin) !== origin && !OF_APP.test(origin))
      throw optionError(`trustedOrigins: write origins such as 'https://admin.example.com', not ${JSON.stringify(origin)}.`)
  }
  return new Set(origins)
}

/**
 * The origins of native web views and of extensions, such as `capacitor://localhost`, as their engines send them. The
 * URL standard knows no origin for their schemes.
 */
const OF_APP = /^(?!https?:|file:|wss?:|ftp:|data:|blob:)[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/
