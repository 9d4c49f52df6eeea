/**
 * Tokens in a header, for clients that are no browsers.
 *
 * @module
 */
import { SojournError } from '../core/basics/errors.ts'
import type { HeaderLine } from '../core/basics/refusal.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface HeaderOptions {
  /** Where the client sends the token as it is, and where a response hands it out. Left out: `Authorization: Bearer <token>`, handed out in `Session-Token`. */
  readonly header?: string
}

/** What browsers, proxies or servers have a meaning of their own for. */
const TAKEN =
  /^(cookie2?|set-cookie2?|host|connection|content-.*|transfer-encoding|te|upgrade|proxy-.*|sec-.*|origin|referer|vary|cache-control|date)$/i

/**
 * Tokens in a request header, `Authorization: Bearer …` (RFC 6750, 2.1) unless you name another.
 *
 * The response that creates a session, signs in or renews the token hands it out in a response header, `Session-Token` unless you name one, with
 * `Cache-Control: no-store`; an empty one takes it away. The client keeps the newest it was given, and sends no two requests at once before it
 * has one. A page's script must not keep it in `localStorage`: browsers are what the cookie is for.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function headerTransport({ header = 'Authorization' }: HeaderOptions = {}): TransportFactory {
  if (typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(header) || TAKEN.test(header)) {
    throw new SojournError(
      'ERR_SESSION_OPTIONS',
      `header: ${JSON.stringify(header)} is no header that can carry a token. Write one such as 'X-Session-Token'.`,
    )
  }
  const asked = header.toLowerCase()
  const bearer = asked === 'authorization'
  const answered = bearer ? 'Session-Token' : header
  return ({ name }) => ({
    kind: 2,
    vary: header,
    label: (channel) => `${name}/${channel}`,
    read(request) {
      const text = request.header(asked)
      const token = bearer ? /^Bearer +(\S+)$/i.exec(text ?? '')?.[1] : text
      if (token === undefined) return []
      // Only one can be genuine: each channel signs with a key of its own.
      return [
        { channel: 'signed-in', token },
        { channel: 'anonymous', token },
      ]
    },
    send: (_channel, token): HeaderLine => [answered, token],
    clear: (): HeaderLine => [answered, ''],
  })
}
