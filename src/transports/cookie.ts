import { MAX_COOKIE_BYTES, MAX_SEALED_CHARACTERS } from '../core/basics/limits.ts'
import { SojournError, optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import type { HeaderLine } from '../core/basics/refusal.ts'
import type { Carrier, Channel, Presented, RequestHead, Transport, TransportFactory } from '../core/contracts/transport.ts'

/**
 * Attributes of the cookie. It is always `HttpOnly`. It is `Secure` and has a name prefix too, except with
 * `development: true`.
 */
export interface CookieOptions {
  /**
   * When requests that come from other sites carry the cookie. `lax` (default): only when a user follows a link.
   * `strict`: never. `none`: always; guard against CSRF.
   */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Default `/`. With another path the prefix is `__Secure-` instead of `__Host-`. */
  readonly path?: string
  /**
   * Shares the cookie with subdomains, so each of them is trusted with the session (ASVS 5.0 3.3.3). The prefix is
   * `__Secure-` then.
   */
  readonly domain?: string
  /** Makes browsers keep the cookie apart for each top-level site that embeds yours (CHIPS). */
  readonly partitioned?: boolean
  /**
   * The attributes of earlier deployments. A browser keeps a cookie beside one of another domain, path or
   * `partitioned`, until its deadline; such old cookies are taken away at each sign-in and sign-out. Drop an entry
   * once `absoluteTimeout` has passed since the deployment.
   */
  readonly former?: readonly FormerCookie[]
}

/** What tells a cookie from another of its name. What is left out was left out then. */
export type FormerCookie = Pick<CookieOptions, 'path' | 'domain' | 'partitioned'>

const PLACE: KnownOptions<FormerCookie> = { path: true, domain: true, partitioned: true }
const OPTIONS: KnownOptions<CookieOptions> = { sameSite: true, ...PLACE, former: true }

const LIFETIME_HINT = "How long a session lives is said by idleTimeout and absoluteTimeout of createSessions, such as '30m' and '30d'. "
/** What other libraries call it. */
const HINTS = {
  maxAge: LIFETIME_HINT,
  expires: LIFETIME_HINT,
  secure: 'Leave it out: the cookie is Secure, except with development: true of createSessions. ',
  httpOnly: 'Leave it out: the cookie is always HttpOnly. ',
  name: 'The name is an option of createSessions itself: name. ',
}

/** Browsers ignore a longer attribute, but store the cookie without it (RFC 6265bis, 5.6). */
const MAX_ATTRIBUTE = 1_024
/** Browsers cap Max-Age at 400 days (RFC 6265bis, 5.6.2). Seconds. */
const MAX_AGE_SECONDS = 400 * 86_400

/**
 * Carries tokens in cookies: `__Host-<name>` for signed-in sessions, `__Host-<name>-anon` for anonymous ones,
 * `HttpOnly; Secure; SameSite=Lax; Path=/` (ASVS 5.0 3.3.1 to 3.3.5).
 *
 * It reads only cookies of exactly these names, in the same case, and skips a nameless one (CVE-2023-23934).
 *
 * @throws ERR_SESSION_OPTIONS for attributes that browsers would ignore, or that could inject others (CVE-2024-47764)
 */
export function cookieTransport(options: CookieOptions = {}): TransportFactory {
  checkOptions('cookie', options, OPTIONS, HINTS)
  const { sameSite = 'lax', former = [] } = options
  for (const one of former) checkOptions('cookie.former', one, PLACE)
  for (const one of [options, ...former]) checkAttributes({ sameSite, path: one.path ?? '/', domain: one.domain })
  if (former.some((one) => placeOf(one) === placeOf(options))) {
    throw optionError('cookie.former: one entry has the attributes of today, so that each sign-in would take its own cookie away.')
  }
  return ({ name, development }): Transport => {
    if (development && sameSite === 'none') {
      throw optionError("cookie.sameSite: 'none' needs Secure, which development: true turns off. Use 'lax' in development.")
    }
    const names = namesOf(name, development, options)
    const attributes = attributesOf(sameSite, development, options)
    const setCookie = (cookie: string, value: string, maxAge: number | undefined): HeaderLine => {
      if (cookie.length + value.length > MAX_COOKIE_BYTES) {
        throw new SojournError(
          'ERR_SESSION_COOKIE_SIZE',
          `The cookie ${cookie} would exceed ${MAX_COOKIE_BYTES} bytes, and browsers would drop it.`,
        )
      }
      const age = maxAge === undefined ? '' : `; Max-Age=${Math.min(Math.ceil(maxAge / 1_000), MAX_AGE_SECONDS)}`
      return ['Set-Cookie', `${cookie}=${value}${age}${attributes}`]
    }
    const clearCookie = (cookie: string): HeaderLine => clearing(cookie, attributes)
    const earlier = former.map((one) => ({
      names: Object.values(namesOf(name, development, one)),
      attributes: attributesOf(sameSite, development, one),
    }))
    return {
      kind: 1,
      vary: 'Cookie',
      label: (channel) => names[channel],
      read(request: RequestHead): Presented[] {
        const header = request.header('cookie')
        const found: Presented[] = []
        if (header === undefined) return found
        for (const token of valuesOf(header, names['signed-in'])) found.push({ channel: 'signed-in', token })
        for (const token of valuesOf(header, names.anonymous)) found.push({ channel: 'anonymous', token })
        return found
      },
      send: (channel, token, maxAge) => setCookie(names[channel], token, maxAge),
      clear: (channel) => clearCookie(names[channel]),
      clearFormer: (request) => earlier.flatMap((one) => one.names.flatMap((cookie) => clearingAll(request, cookie, one.attributes))),
      mayWithhold: (request) => mayWithhold(request, sameSite, names),
      carrier: cookieCarrier(names, setCookie, clearCookie),
    }
  }
}

function namesOf(name: string, development: boolean, { path = '/', domain }: FormerCookie): Record<Channel, string> {
  const prefix = development ? '' : path === '/' && domain === undefined ? '__Host-' : '__Secure-'
  return { 'signed-in': prefix + name, anonymous: `${prefix}${name}-anon` }
}

function attributesOf(sameSite: string, development: boolean, { path = '/', domain, partitioned }: FormerCookie): string {
  return (
    `; Path=${path}` +
    (domain === undefined ? '' : `; Domain=${domain}`) +
    '; HttpOnly' +
    (development ? '' : '; Secure') +
    `; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}` +
    (partitioned && !development ? '; Partitioned' : '')
  )
}

/** Two cookies of one name and one place are one cookie. */
function placeOf({ path = '/', domain, partitioned = false }: FormerCookie): string {
  return JSON.stringify([path, domain?.toLowerCase(), partitioned])
}

function clearing(cookie: string, attributes: string): HeaderLine {
  return ['Set-Cookie', `${cookie}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${attributes}`]
}

/**
 * A token's cookie always, because one of another path is not sent to this one; parts of sealed records if they are
 * here.
 */
function clearingAll(request: RequestHead, cookie: string, attributes: string): HeaderLine[] {
  const header = request.header('cookie') ?? ''
  const parts = [`${cookie}.0`, `${cookie}.1`].filter((name) => valuesOf(header, name).length > 0)
  return [cookie, ...parts].map((name) => clearing(name, attributes))
}

/**
 * Whether SameSite may have kept our cookies back: of requests from other sites, `strict` holds back all, and `lax` all
 * but those of a person who follows a link. Only browsers that send Fetch Metadata tell (all since March 2023).
 */
function mayWithhold(request: RequestHead, sameSite: string, names: Record<Channel, string>): boolean {
  if (sameSite === 'none' || request.header('sec-fetch-site') !== 'cross-site') return false
  const header = request.header('cookie') ?? ''
  if (valuesOf(header, names['signed-in']).length > 0 || valuesOf(header, names.anonymous).length > 0) return false
  if (sameSite === 'strict') return true
  const isVisit = request.header('sec-fetch-mode') === 'navigate' && request.header('sec-fetch-dest') === 'document'
  return !(isVisit && (request.method === 'GET' || request.method === 'HEAD'))
}

/**
 * Carries a sealed record in parts: the first in the cookie that else holds the token, the second in `<name>.1`. The
 * first character is their number, so that a part that a longer record left behind is not taken for a part of this one.
 * No token begins with it.
 */
function cookieCarrier(
  names: Record<Channel, string>,
  setCookie: (cookie: string, value: string, maxAge: number | undefined) => HeaderLine,
  clearCookie: (cookie: string) => HeaderLine,
): Carrier {
  const partsOf = (channel: Channel): CookieParts => ({
    first: names[channel],
    second: `${names[channel]}.1`,
    former: `${names[channel]}.0`,
  })
  const parts: Record<Channel, CookieParts> = { 'signed-in': partsOf('signed-in'), anonymous: partsOf('anonymous') }
  return {
    largest: MAX_SEALED_CHARACTERS,
    read(request, channel) {
      const header = request.header('cookie')
      if (header === undefined) return NONE
      const { first, second } = parts[channel]
      const firsts = valuesOf(header, first)
      if (firsts.length === 0) return NONE
      return firsts.length === 1 && firsts[0]!.startsWith(ONE)
        ? [firsts[0]!.slice(1)]
        : firsts.flatMap((value) => joined(value, value.startsWith(TWO) ? valuesOf(header, second) : NONE))
    },
    readFormer(request, channel) {
      const header = request.header('cookie')
      const { former, second } = parts[channel]
      const value = header && onlyValue(header, former)
      return header && value ? joined(value, valuesOf(header, second))[0] : undefined
    },
    send(request, channel, text, maxAge) {
      const { first, second, former } = parts[channel]
      const header = request.header('cookie') ?? ''
      const room = MAX_COOKIE_BYTES - second.length
      const lines: HeaderLine[] = []
      if (text.length < room) {
        lines.push(setCookie(first, ONE + text, maxAge))
        if (valuesOf(header, second).length > 0) lines.push(clearCookie(second))
      } else {
        lines.push(setCookie(first, TWO + text.slice(0, room - 1), maxAge), setCookie(second, text.slice(room - 1), maxAge))
      }
      if (valuesOf(header, former).length > 0) lines.push(clearCookie(former))
      return lines
    },
    clear(request, channel, isSent) {
      const { first, second, former } = parts[channel]
      const header = request.header('cookie') ?? ''
      const isHeld = (name: string): boolean => valuesOf(header, name).length > 0
      return [first, second, former].filter((name) => isHeld(name) || (isSent && name !== former)).map(clearCookie)
    },
  }
}

/** The names of the cookies of one channel. */
interface CookieParts {
  readonly first: string
  readonly second: string
  /** Where the first part stood while the token had a cookie of its own. */
  readonly former: string
}

const ONE = '1'
const TWO = '2'

/**
 * The whole texts that begin with a first part: one for each second part, because a browser keeps parts of former
 * attributes beside those of today. Only those that belong together open.
 */
function joined(first: string, seconds: readonly string[]): readonly string[] {
  const text = first.slice(1)
  if (first.startsWith(ONE)) return [text]
  return first.startsWith(TWO) ? seconds.slice(0, MAX_PARTS).map((second) => text + second) : NONE
}

/** More than a change of domain, path and `Partitioned` leaves behind. */
const MAX_PARTS = 4

/**
 * The value of a cookie that is there once. Of two cookies with one name it is unknown which is ours (cookie tossing).
 */
function onlyValue(header: string, name: string): string | undefined {
  const [value, another] = valuesOf(header, name)
  return another === undefined ? value : undefined
}

/** The values of all cookies with exactly this name (RFC 6265, 4.2 and 5.4), not of those whose name ends with it. */
export function valuesOf(header: string, name: string): readonly string[] {
  let found: string[] | undefined
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const equals = skipBlanks(header, at + name.length)
    if (header.charCodeAt(equals) !== 61 || !startsPair(header, at)) continue
    const semicolon = header.indexOf(';', equals)
    const raw = header.slice(equals + 1, semicolon < 0 ? undefined : semicolon).trim()
    const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"')
    const value = quoted ? raw.slice(1, -1) : raw
    if (found) found.push(value)
    else found = [value]
  }
  return found ?? NONE
}

const NONE: readonly string[] = []

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

/** RFC 6265bis 4.1.1: whether it may stand before the `=`. */
export function isCookieName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}

/**
 * @throws ERR_SESSION_OPTIONS for attributes that browsers would ignore, or that could inject others (CVE-2024-47764).
 */
export function checkAttributes({ sameSite, path, domain }: { sameSite: string; path: string; domain: string | undefined }): void {
  if (!['lax', 'strict', 'none'].includes(sameSite))
    throw optionError(`cookie.sameSite: write 'lax', 'strict' or 'none', not ${JSON.stringify(sameSite)}.`)
  if (!/^\/[\x21-\x3a\x3c-\x7e]*$/.test(path) || path.length > MAX_ATTRIBUTE)
    throw optionError(`cookie.path: ${JSON.stringify(path)} is not a path that begins with '/', of ${MAX_ATTRIBUTE} characters at most.`)
  if (domain !== undefined && (domain.length > MAX_ATTRIBUTE || !/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(domain))) {
    throw optionError(`cookie.domain: ${JSON.stringify(domain)} is not a domain name such as 'example.org', without a leading dot.`)
  }
}
