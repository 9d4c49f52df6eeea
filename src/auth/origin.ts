/**
 * Where a request comes from, by what browsers say of it and pages cannot forge: `Sec-Fetch-Site` and `Origin`.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { headerOf } from '../core/request/header.ts'
import type { RequestLike } from '../core/contracts/transport.ts'

/**
 * - `own`: from the site itself, from an origin that is trusted, or typed by the user.
 * - `cross-site`: `Sec-Fetch-Site` says that it comes from elsewhere; a sibling domain is elsewhere too.
 * - `origin`: `Origin` says so.
 * - `unknown`: neither header says anything: an old browser, or none.
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
      // The user's own doing, such as a form sent again; an extension's fetch says `none` too.
      if (headerOf(request, 'sec-fetch-mode') === 'navigate') return 'own'
      break
    case 'same-site':
    case 'cross-site':
      return 'cross-site'
    default:
    // Missing, or a word of the future.
  }
  if (origin === undefined) return 'unknown'
  return isOwn(origin, request, isPlainHttp) ? 'own' : 'origin'
}

/** By the host alone: whether a proxy in front speaks HTTPS cannot be seen, but whoever sends `Secure` cookies is reached by it. */
function isOwn(origin: string, request: RequestLike, isPlainHttp: boolean): boolean {
  const host = hostOf(request)
  if (host === undefined) return false
  return origin === originOf(`https://${host}`) || (isPlainHttp && origin === originOf(`http://${host}`))
}

/** A Fetch `Request` may say it in its address only, HTTP/2 in `:authority`. */
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
    if (originOf(origin) !== origin)
      throw optionError(`trustedOrigins: write origins such as 'https://admin.example.com', not ${JSON.stringify(origin)}.`)
  }
  return new Set(origins)
}
