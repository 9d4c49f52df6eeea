import { MAX_COOKIE_BYTES } from '../../core/basics/limits.ts'
import { SojournError, optionError } from '../../core/basics/errors.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import type { RequestHead } from '../../core/contracts/transport.ts'
import { checkAttributes, isCookieName, valuesOf } from '../../transports/cookie.ts'
import type { ForeignCookieSettings } from './format.ts'

/** Each value may cost a store call. A browser that once stored the cookie for another path or domain has two. */
const MAX_COOKIES = 4

/** Reads, sets and clears the cookie of another system, with exactly its name and attributes. */
export class ForeignCookie {
  readonly #name: string
  readonly #attributes: string

  /** @throws ERR_SESSION_OPTIONS for attributes that would have no effect, or that could inject others */
  constructor(cookie: ForeignCookieSettings) {
    const { name, path, secure, httpOnly, sameSite } = cookie
    const domain = cookie.domain?.replace(/^\./, '')
    checkAttributes({ sameSite: sameSite ?? 'lax', path, domain })
    if (!isCookieName(name)) {
      throw optionError(`cookie.name: ${JSON.stringify(name)} is not a name that a cookie can have.`)
    }
    this.#name = name
    this.#attributes =
      `; Path=${path}` +
      (domain === undefined ? '' : `; Domain=${domain}`) +
      (httpOnly ? '; HttpOnly' : '') +
      (secure ? '; Secure' : '') +
      (sameSite ? `; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}` : '')
  }

  /**
   * The distinct values under this name, in the order of the request. Empty if there are more than four, because no
   * browser sends that many.
   */
  read(request: RequestHead): string[] {
    const values = this.readAll(request)
    return values.length > MAX_COOKIES ? [] : values
  }

  /** As {@link read}, however many there are: what ends must not live on behind others that somebody planted. */
  readAll(request: RequestHead): string[] {
    const header = request.header('cookie')
    return header === undefined ? [] : [...new Set(valuesOf(header, this.#name))].filter((value) => value !== '')
  }

  /** @throws ERR_SESSION_COOKIE_SIZE */
  set(value: string, maxAge: number | undefined, now: number): HeaderLine {
    if (this.#name.length + value.length > MAX_COOKIE_BYTES) {
      throw new SojournError(
        'ERR_SESSION_COOKIE_SIZE',
        `The cookie ${this.#name} would exceed ${MAX_COOKIE_BYTES} bytes, and browsers would drop it.`,
      )
    }
    const age = maxAge === undefined ? '' : `; Expires=${new Date(now + maxAge).toUTCString()}; Max-Age=${Math.ceil(maxAge / 1_000)}`
    return ['Set-Cookie', `${this.#name}=${value}${age}${this.#attributes}`]
  }

  clear(): HeaderLine {
    return ['Set-Cookie', `${this.#name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT${this.#attributes}`]
  }
}
