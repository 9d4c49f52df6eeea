import type { IncomingMessage } from 'node:http'

/**
 * Whether a request came by HTTPS, as express-session decides it.
 *
 * @param proxy `true` believes `X-Forwarded-Proto`, `false` nothing but the connection; left out, Express decides by
 *   its
 *   `trust proxy`
 */
export function isSecure(request: IncomingMessage, proxy: boolean | undefined): boolean {
  if (request.socket && 'encrypted' in request.socket && request.socket.encrypted) return true
  if (proxy === false) return false
  if (proxy !== true) return (request as { secure?: unknown }).secure === true
  const [first = ''] = String(request.headers['x-forwarded-proto'] ?? '').split(',')
  return first.trim().toLowerCase() === 'https'
}
