/** What `new session.Cookie(…)` takes: the option `cookie`, or the `cookie` of a record. */
export type CompatCookieSettings = Readonly<Record<string, unknown>>

/**
 * `req.session.cookie` of express-session: how long this session lasts, and the attributes of its cookie. What a record
 * keeps of it is its JSON.
 */
export class Cookie {
  /** `undefined`, and anything else that is false: no `Path`. */
  declare path?: unknown
  declare httpOnly?: unknown
  declare secure?: unknown
  declare sameSite?: unknown
  declare domain?: unknown
  declare partitioned?: unknown
  declare priority?: unknown
  /**
   * Milliseconds without a visit after which the session ends; `null`: the browser forgets the cookie when it closes.
   */
  declare originalMaxAge: number | null | undefined
  /** No private field, because applications read and set it. */
  declare _expires: Date | null | false | undefined
  readonly #now: () => number

  /** @param now epoch milliseconds, for tests */
  constructor(settings?: CompatCookieSettings | null, now: () => number = () => Date.now()) {
    if (settings && typeof settings !== 'object') throw new TypeError('argument options must be a object')
    this.#now = now
    this.path = '/'
    this.maxAge = null
    this.httpOnly = true
    // With what the settings inherit, as in express-session.
    for (const name in settings) if (name !== 'data') Object.assign(this, { [name]: settings[name] })
    this.originalMaxAge ??= this.maxAge as number | null
  }

  /** A cookie as a record keeps it. */
  static of(record: CompatCookieSettings, now?: () => number): Cookie {
    const { expires, originalMaxAge } = record as { expires?: string | null; originalMaxAge?: number | null }
    const cookie = new Cookie(record, now)
    cookie._expires = typeof expires === 'string' ? new Date(expires) : expires
    cookie.originalMaxAge = originalMaxAge
    return cookie
  }

  /** When the session ends if there is no further visit. */
  get expires(): Date | null | false | undefined {
    return this._expires
  }

  set expires(date: Date | null | false | undefined) {
    this._expires = date
    // In whole seconds, so that the same distance at each request is the same length each time.
    this.originalMaxAge = date instanceof Date ? Math.ceil((date.valueOf() - this.#now()) / 1_000) * 1_000 : null
  }

  /** Milliseconds until `expires`. */
  get maxAge(): number | null | false | undefined {
    return this._expires instanceof Date ? this._expires.valueOf() - this.#now() : this._expires
  }

  set maxAge(milliseconds: number | Date | null | false | undefined) {
    if (milliseconds && typeof milliseconds !== 'number' && !(milliseconds instanceof Date)) {
      throw new TypeError('maxAge must be a number or Date')
    }
    if (typeof milliseconds === 'number') {
      this._expires = new Date(this.#now() + milliseconds)
      this.originalMaxAge = milliseconds
    } else this.expires = milliseconds
  }

  /** For this cookie alone: the session lasts as long as it did. */
  expireAt(date: Date | null): void {
    this._expires = date
  }

  /** In the order in which express-session writes it. */
  get data(): Record<string, unknown> {
    const { originalMaxAge, partitioned, priority, expires, secure, httpOnly, domain, path, sameSite } = this
    return { originalMaxAge, partitioned, priority, expires, secure, httpOnly, domain, path, sameSite }
  }

  toJSON(): Record<string, unknown> {
    return this.data
  }

  /** The text of a `Set-Cookie` header. */
  serialize(name: string, value: string): string {
    return serializeCookie(name, encodeURIComponent(value), this)
  }
}

const SAME_SITE = new Map<unknown, string>([
  [true, 'Strict'],
  ['strict', 'Strict'],
  ['lax', 'Lax'],
  ['none', 'None'],
])
/** What no attribute may hold: the end of it, or of the header. */
// oxlint-disable-next-line no-control-regex -- those are what it is about
const UNSAFE = /[;\u0000-\u001F\u007F]/

/**
 * A `Set-Cookie` as express-session sends it. Attributes that are empty are left out.
 *
 * @param value encoded
 * @throws TypeError for attributes that no browser would understand
 */
export function serializeCookie(name: string, value: string, cookie: Cookie): string {
  const { path, domain, priority, sameSite, expires } = cookie
  const site = SAME_SITE.get(typeof sameSite === 'string' ? sameSite.toLowerCase() : sameSite)
  if (sameSite && site === undefined) throw new TypeError('option sameSite is invalid')
  return [
    `${name}=${value}`,
    domain ? `; Domain=${safe('domain', domain)}` : '',
    path ? `; Path=${safe('path', path)}` : '',
    expires ? `; Expires=${instantOf(expires)}` : '',
    cookie.httpOnly ? '; HttpOnly' : '',
    cookie.secure ? '; Secure' : '',
    cookie.partitioned ? '; Partitioned' : '',
    priority ? `; Priority=${capitalized(safe('priority', priority))}` : '',
    site ? `; SameSite=${site}` : '',
  ].join('')
}

/** A `Set-Cookie` that takes a cookie with these attributes away. */
export function clearedCookie(name: string, cookie: Cookie): string {
  cookie.expireAt(new Date(0))
  return `${serializeCookie(name, '', cookie)}; Max-Age=0`
}

function safe(attribute: string, value: unknown): string {
  if (typeof value !== 'string' || UNSAFE.test(value)) throw new TypeError(`option ${attribute} is invalid`)
  return value
}

function instantOf(expires: unknown): string {
  if (!(expires instanceof Date) || Number.isNaN(expires.valueOf())) throw new TypeError('option expires is invalid')
  return expires.toUTCString()
}

function capitalized(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1).toLowerCase()}`
}
