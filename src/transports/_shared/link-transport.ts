import { optionError } from '../../core/basics/errors.ts'
import { NO_REFERRER } from '../../core/basics/caching.ts'
import { parseSpan } from '../../core/basics/time.ts'
import type { Duration } from '../../core/basics/time.ts'
import type { Links, RequestHead, TransportFactory } from '../../core/contracts/transport.ts'

/** What differs between the two transports whose tokens are written into pages. */
interface LinkTransport {
  readonly kind: number
  readonly in: Links['in']
  /** Left out: the application's name. */
  readonly name: string | undefined
  readonly lifetime: Duration | undefined
  /** The only token that a request carries under a name. Never throws. */
  readonly find: (request: RequestHead, name: string) => string | undefined
}

/**
 * The common part of `urlTransport` and `formTransport`.
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function linkTransport({ kind, in: where, name: given, lifetime = '30m', find }: LinkTransport): TransportFactory {
  if (given !== undefined && !/^[A-Za-z_][\w.-]{0,63}$/.test(given)) {
    throw optionError(`name: ${JSON.stringify(given)} may hold letters, digits, '_', '-' and '.' only, and begins with a letter.`)
  }
  const milliseconds = parseSpan(lifetime, 'lifetime')
  return ({ name: application }) => {
    const name = given ?? application
    return {
      kind,
      vary: '*',
      label: () => `${where}/${application}`,
      read(request) {
        const token = find(request, name)
        return token === undefined ? [] : [{ channel: 'anonymous', token }]
      },
      send: () => NO_REFERRER,
      clear: () => NO_REFERRER,
      links: { in: where, name, lifetime: milliseconds },
    }
  }
}
