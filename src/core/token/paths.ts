/**
 * Paths and queries as text: of requests, which are untrusted, and of the addresses that links lead to.
 *
 * @module
 */
import { SojournError } from '../basics/errors.ts'

/** Never resolved: it only distinguishes an address of this site from one of another site. */
const BASE = 'http://site.invalid'

/**
 * The segments of a path, decoded, without a last empty one. `undefined` for a path that a proxy, a server and a router
 * may read in different ways: dot segments, empty ones, encoded slashes, backslashes, parameters after `;`, something
 * encoded twice.
 *
 * @param url path and query, or the whole address
 */
export function segmentsOf(url: string): string[] | undefined {
  const path = url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  if (path === '' || path === '/') return []
  const segments = path.split('/')
  if (segments.shift() !== '') return undefined
  if (segments.at(-1) === '') segments.pop()
  const decoded = segments.map(decode)
  return decoded.every((segment) => segment !== undefined) ? decoded : undefined
}

function decode(text: string): string | undefined {
  try {
    const segment = decodeURIComponent(text)
    // oxlint-disable-next-line no-control-regex -- They are what is looked for.
    return segment === '' || segment === '.' || segment === '..' || /[/\\;%\u0000-\u001f\u007f]/.test(segment) ? undefined : segment
  } catch {
    return undefined
  }
}

/** The value of a query parameter that occurs once. Of two, nobody can tell which one is meant. Never throws. */
export function parameterOf(url: string, name: string): string | undefined {
  const query = /\?([^#]*)/.exec(url)?.[1]
  if (query === undefined) return undefined
  const [value, another] = new URLSearchParams(query).getAll(name)
  return another === undefined ? value : undefined
}

/**
 * An address of this site with a parameter in its query, in place of the value it had. With `undefined` the parameter
 * is only removed.
 *
 * @throws ERR_SESSION_LINK for an address that {@link ownAddress} does not accept
 */
export function withParameter(address: string, name: string, value: string | undefined): string {
  const url = ownAddress(address)
  if (!url) {
    const message = `session.url: the address is not one of this site: it begins with a single '/', and has ${MAX_ADDRESS_LENGTH} characters at most.`
    throw new SojournError('ERR_SESSION_LINK', message)
  }
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !new URLSearchParams(pair).has(name))
  const query = value === undefined ? others : [...others, `${name}=${value}`]
  return url.pathname + (query.length > 0 ? `?${query.join('&')}` : '') + url.hash
}

/** The limit holds both for the address as written and as a browser sends it, percent-encoded. */
const MAX_ADDRESS_LENGTH = 2_048

/**
 * Parses an address with which a browser stays on this site: path, query and fragment, beginning with one `/`. Returns
 * `undefined` for anything else, such as `//evil.example` or `/..//evil.example`, for backslashes and control
 * characters, because browsers take them for slashes or drop them, and for an address of more than 2,048 characters.
 * Never throws.
 */
export function ownAddress(address: unknown): URL | undefined {
  if (typeof address !== 'string' || address.length > MAX_ADDRESS_LENGTH || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(address)) return undefined
  const url = URL.parse(address, BASE)
  const isOwn = url?.origin === BASE && !url.pathname.startsWith('//')
  return isOwn && url.href.length - BASE.length <= MAX_ADDRESS_LENGTH ? url : undefined
}
