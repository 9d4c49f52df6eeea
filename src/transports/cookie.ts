import { SojournError } from '../core/errors.ts'
import type { Channel, HeaderLine, Presented, RequestHead, Transport, TransportFactory } from '../core/transport.ts'

/** How the cookie is set. `HttpOnly` always; `Secure` and a name prefix always, except with `development: true`. */
export interface CookieOptions {
  /** `lax` (default): sent when somebody follows a link to you. `strict`: not even then. `none`: sent from other sites' pages too; guard against CSRF. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Default `/`. Another path gives up the `__Host-` prefix for `__Secure-`. */
  readonly path?: string
  /** Share the cookie with subdomains. Gives up `__Host-` for `__Secure-`, and trusts every subdomain with the session (ASVS 5.0 3.3.3). */
  readonly domain?: string
  /** CHIPS: a jar of its own for each top-level site that embeds you. */
  readonly partitioned?: boolean
}

/** Browsers drop a cookie whose name and value are longer together (RFC 6265bis, 5.6). */
const LARGEST = 4_096
/** Browsers cap Max-Age at 400 days (RFC 6265bis, 5.6.2). Seconds. */
const LONGEST = 400 * 86_400

/**
 * Tokens in cookies: `__Host-<name>` for signed-in sessions, `__Host-<name>-anon` for anonymous ones, `HttpOnly; Secure;
 * SameSite=Lax; Path=/` (ASVS 5.0 3.3.1 to 3.3.5).
 *
 * Only the configured names are read; names compare by case; a nameless cookie is skipped (CVE-2023-23934).
 *
 * @throws ERR_SESSION_OPTIONS for attributes that would not do what they say, or could inject others (CVE-2024-47764).
 */
export function cookieTransport(options: CookieOptions = {}): TransportFactory {
  const { sameSite = 'lax', path = '/', domain, partitioned = false } = options
  checkAttributes({ sameSite, path, domain })
  return ({ name, development }): Transport => {
    if (development && sameSite === 'none') {
      throw wrong("sameSite: 'none' needs Secure, which development: true turns off. Use 'lax' in development.")
    }
    const prefix = development ? '' : path === '/' && domain === undefined ? '__Host-' : '__Secure-'
    const names: Record<Channel, string> = { 'signed-in': prefix + name, anonymous: `${prefix}${name}-anon` }
    const attributes =
      `; Path=${path}` +
      (domain === undefined ? '' : `; Domain=${domain}`) +
      '; HttpOnly' +
      (development ? '' : '; Secure') +
      `; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}` +
      (partitioned && !development ? '; Partitioned' : '')
    return {
      kind: 1,
      vary: 'Cookie',
      label: (channel) => names[channel],
      read(request: RequestHead): Presented[] {
        const header = request.header('cookie')
        const found: Presented[] = []
        if (header === undefined) return found
        collect(header, names['signed-in'], 'signed-in', found)
        collect(header, names.anonymous, 'anonymous', found)
        return found
      },
      send(channel: Channel, token: string, maxAge: number | undefined): HeaderLine {
        if (names[channel].length + token.length > LARGEST) {
          throw new SojournError(
            'ERR_SESSION_COOKIE_SIZE',
            `The cookie ${names[channel]} would exceed ${LARGEST} bytes, and browsers would drop it.`,
          )
        }
        const age = maxAge === undefined ? '' : `; Max-Age=${Math.min(Math.ceil(maxAge / 1_000), LONGEST)}`
        return ['Set-Cookie', `${names[channel]}=${token}${age}${attributes}`]
      },
      clear: (channel) => ['Set-Cookie', `${names[channel]}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${attributes}`],
    }
  }
}

/** Values of the cookies of exactly this name (RFC 6265, 4.2 and 5.4); a name that merely ends with it is another. */
function collect(header: string, name: string, channel: Channel, found: Presented[]): void {
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = skipBlanks(header, at + name.length)
    if (header.charCodeAt(equals) !== 61 || !startsPair(header, at)) continue
    const semicolon = header.indexOf(';', equals)
    const raw = header.slice(equals + 1, semicolon < 0 ? undefined : semicolon).trim()
    const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"')
    found.push({ channel, token: quoted ? raw.slice(1, -1) : raw })
  }
}

function skipBlanks(header: string, at: number): number {
  let i = at
  while (isBlank(header.charCodeAt(i))) i++
  return i
}

function startsPair(header: string, at: number): boolean {
  let i = at - 1
  while (i >= 0 && isBlank(header.charCodeAt(i))) i--
  return i < 0 || header.charCodeAt(i) === 59
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function checkAttributes({ sameSite, path, domain }: { sameSite: string; path: string; domain: string | undefined }): void {
  if (!['lax', 'strict', 'none'].includes(sameSite))
    throw wrong(`sameSite: write 'lax', 'strict' or 'none', not ${JSON.stringify(sameSite)}.`)
  if (!/^\/[\x21-\x3a\x3c-\x7e]*$/.test(path)) throw wrong(`path: ${JSON.stringify(path)} is not a path that begins with '/'.`)
  if (domain !== undefined && !/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(domain)) {
    throw wrong(`domain: ${JSON.stringify(domain)} is not a domain name such as 'example.org', without a leading dot.`)
  }
}

function wrong(message: string): SojournError {
  return new SojournError('ERR_SESSION_OPTIONS', `cookie.${message}`)
}
