import type { HeaderLine } from '../basics/refusal.ts'

/** A cookie in parts, as the `cookies.set(name, value, attributes)` of many frameworks takes it. */
export interface SessionCookie {
  readonly name: string
  /** Empty if the cookie is taken away. It needs no encoding. */
  readonly value: string
  readonly attributes: CookieAttributes
}

/** The attributes of a cookie. One that the cookie does not have is left out. */
export interface CookieAttributes {
  readonly path?: string
  readonly domain?: string
  /** Seconds. Left out: until the browser closes. */
  readonly maxAge?: number
  readonly expires?: Date
  readonly httpOnly?: true
  readonly secure?: true
  readonly sameSite?: 'lax' | 'strict' | 'none'
  readonly partitioned?: true
}

/** Splits headers into cookies and the rest. */
export function splitCookies(lines: readonly HeaderLine[]): { readonly cookies: SessionCookie[]; readonly rest: HeaderLine[] } {
  return {
    cookies: lines.flatMap(([name, value]) => (name === 'Set-Cookie' ? partsOf(value) : [])),
    rest: lines.filter(([name]) => name !== 'Set-Cookie'),
  }
}

/** Reads a line that a transport or a format of this package wrote, no one else's. */
function partsOf(line: string): SessionCookie {
  const [pair = '', ...rest] = line.split('; ')
  const [name, value] = cut(pair)
  const attributes: Record<string, unknown> = {}
  for (const text of rest) {
    const [attribute, given] = cut(text)
    Object.assign(attributes, ATTRIBUTES[attribute.toLowerCase()]?.(given))
  }
  return { name, value, attributes }
}

const ATTRIBUTES: Readonly<Record<string, (given: string) => CookieAttributes>> = {
  path: (path) => ({ path }),
  domain: (domain) => ({ domain }),
  'max-age': (seconds) => ({ maxAge: Number(seconds) }),
  expires: (date) => ({ expires: new Date(date) }),
  httponly: () => ({ httpOnly: true }),
  secure: () => ({ secure: true }),
  samesite: (site) => ({ sameSite: site.toLowerCase() as 'lax' | 'strict' | 'none' }),
  partitioned: () => ({ partitioned: true }),
}

function cut(text: string): readonly [before: string, after: string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
