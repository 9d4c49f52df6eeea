import { warnOnce } from '../../core/basics/warn-once.ts'

/** The options that `req.session.cookie` depends on. */
export interface CookieSettings {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** The other properties of `req.session.cookie`, which show how the application's cookies are set. */
  readonly attributes: Readonly<Record<string, unknown>>
}

/** `req.session.cookie`: how long this session lasts. Its other properties only show how all cookies are set. */
export class SessionCookie {
  /**
   * Milliseconds without a visit after which the session ends; `null`: the browser forgets the cookie when it closes.
   */
  originalMaxAge: number | null
  #expires: Date | null
  readonly #settings: CookieSettings

  /** @param expiresAt epoch milliseconds */
  constructor(settings: CookieSettings, originalMaxAge: number | null, expiresAt?: number) {
    this.#settings = settings
    this.originalMaxAge = originalMaxAge
    this.#expires = originalMaxAge === null ? null : new Date(expiresAt ?? settings.now() + originalMaxAge)
    Object.assign(this, settings.attributes)
  }

  /** When the session ends if there is no further visit. */
  get expires(): Date | null {
    return this.#expires
  }

  set expires(date: Date | null | false | undefined) {
    this.#expires = date instanceof Date ? date : null
    // In whole seconds, so that setting the same future instant at each request gives the same length each time.
    this.originalMaxAge = date instanceof Date ? Math.ceil((date.valueOf() - this.#settings.now()) / 1_000) * 1_000 : null
  }

  /** Milliseconds until `expires`. */
  get maxAge(): number | null {
    return this.#expires && this.#expires.valueOf() - this.#settings.now()
  }

  set maxAge(milliseconds: number | null | false | undefined) {
    if (milliseconds && typeof milliseconds !== 'number') throw new TypeError('maxAge must be a number of milliseconds')
    const isEndless = typeof milliseconds !== 'number'
    this.#expires = isEndless ? null : new Date(this.#settings.now() + milliseconds)
    this.originalMaxAge = isEndless ? null : milliseconds
  }

  get data(): object {
    return Object.assign({ expires: this.#expires }, this)
  }

  toJSON(): object {
    return this.data
  }

  /**
   * Warns once if the application tried to change an attribute of one session's cookie: all sessions share the
   * attributes.
   */
  checkAttributes(): void {
    for (const [name, value] of Object.entries(this.#settings.attributes)) {
      if ((this as unknown as Record<string, unknown>)[name] === value) continue
      warnOnce(`sojourn/express-session ignores req.session.cookie.${name}: it is the same for all sessions. Set it in the options.`)
    }
  }
}
