/**
 * Tokens in a header, for clients other than browsers.
 *
 * @module
 */
import { optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import type { HeaderLine } from '../core/basics/refusal.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface HeaderOptions {
  /**
   * The header in which the client sends the token as it is, and in which responses hand it out. Left out:
   * `Authorization: Bearer <token>` in requests, and `Session-Token` in responses.
   */
  readonly header?: string
}

const OPTIONS: KnownOptions<HeaderOptions> = { header: true }

/** Headers that browsers, proxies or servers use for something else. */
const TAKEN =
  /^(cookie2?|set-cookie2?|host|connection|content-.*|transfer-encoding|te|upgrade|proxy-.*|sec-.*|origin|referer|vary|cache-control|date)$/i

/**
 * Carries tokens in a request header, `Authorization: Bearer …` (RFC 6750, 2.1) unless you name another.
 *
 * A response that creates a session, logs a user in or renews the token hands it out in a response header,
 * `Session-Token` unless you name another, with `Cache-Control: no-store`. An empty header takes it away. The client
 * keeps the newest token that it received, and does not send two requests at once before it has one. Scripts of a page
 * must not keep it in `localStorage`: use cookies for browsers.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function headerTransport(options: HeaderOptions = {}): TransportFactory {
  checkOptions('headerTransport', options, OPTIONS)
  const { header = 'Authorization' } = options
  if (typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(header) || TAKEN.test(header)) {
    throw optionError(`header: ${JSON.stringify(header)} is no header that can carry a token. Write one such as 'X-Session-Token'.`)
  }
  const requestHeader = header.toLowerCase()
  const bearer = requestHeader === 'authorization'
  const responseHeader = bearer ? 'Session-Token' : header
  return ({ name }) => ({
    kind: 2,
    vary: header,
    label: (channel) => `${name}/${channel}`,
    read(request) {
      const text = request.header(requestHeader)
      const token = bearer ? /^Bearer +(\S+)$/i.exec(text ?? '')?.[1] : text
      if (token === undefined) return []
      // The channels sign with different keys, so the token is genuine in one of them at most.
      return [
        { channel: 'signed-in', token },
        { channel: 'anonymous', token },
      ]
    },
    send: (_channel, token): HeaderLine => [responseHeader, token],
    clear: (): HeaderLine => [responseHeader, ''],
  })
}
