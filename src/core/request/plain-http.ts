import { warnOnce } from '../basics/warn-once.ts'
import type { RequestLike } from '../contracts/transport.ts'
import { headerOf } from './header.ts'

/** What proxies add; then the client may have come by HTTPS. */
const PROXY_HEADERS = ['x-forwarded-proto', 'x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via']
const LOCAL = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\]|::1)(:\d+)?$/i

/**
 * Warns once, where a `Secure` cookie goes out by plain HTTP: browsers drop it without a word, unless the host is
 * their own machine or a proxy speaks HTTPS for this one.
 */
export function warnOfPlainHttp(request: RequestLike): void {
  if (!isPlainHttp(request) || PROXY_HEADERS.some((name) => headerOf(request, name) !== undefined)) return
  const host = headerOf(request, 'host') ?? (request.url && URL.canParse(request.url) ? new URL(request.url).host : undefined)
  if (host === undefined || LOCAL.test(host)) return
  warnOnce(
    'A Secure session cookie was sent by plain HTTP, and browsers drop it. Serve over HTTPS. If a proxy does that for you, let it send ' +
      'X-Forwarded-Proto; on your own machine write development: true.',
  )
}

/** Of a Fetch `Request`, by its address; of node's, by its socket. What is neither is not judged. */
function isPlainHttp(request: RequestLike & { readonly socket?: { readonly encrypted?: boolean } | null }): boolean {
  if (typeof request.headers.get === 'function') return request.url?.startsWith('http:') ?? false
  return request.socket !== undefined && request.socket !== null && request.socket.encrypted !== true
}
