import { RESERVED } from '../../core/operations.ts'
import { SojournError } from '../../core/errors.ts'
import { randomText } from '../../core/crypto/random.ts'
import type { Call } from '../../core/store.ts'
import type { ValueCodec } from '../../core/values.ts'
import type { FlashMessage, ForeignEntry, ForeignFlash, ForeignFormat, ForeignStore, ForeignValues } from '../_shared/format.ts'
import { jsonValues } from '../_shared/json.ts'
import { checkSecrets } from '../_shared/secrets.ts'
import { signCookie, unsignCookie } from './cookie.ts'
import type { ExpressSecret } from './cookie.ts'
import { maxAgeOf, readRecord, recordCookie, renewedCookie, sessionFor } from './record.ts'
import type { ExpressCookieOptions, ExpressRecordCookie } from './record.ts'
import { destroySession, getSession, setSession, touchSession } from './store.ts'
import type { ExpressStore } from './store.ts'

/** How the application of express-session is set up. */
export interface ExpressSessionOptions {
  /** Its `secret`: the first signs, all verify. */
  readonly secrets: ExpressSecret | readonly ExpressSecret[]
  /** Its `store`. */
  readonly store: ExpressStore
  /** Its `name`. Default `'connect.sid'`. */
  readonly name?: string
  /** Its `cookie`. Default `{ path: '/', httpOnly: true, maxAge: null }`. */
  readonly cookie?: ExpressCookieOptions
}

/** How the application keeps who is signed in. */
export interface ExpressPrincipal {
  /** Keys of the session that a sign-in writes, and that are removed before. */
  readonly keys: readonly string[]
  /** Who the data say is signed in. */
  of(data: Readonly<Record<string, unknown>>): string | null
  /** What a sign-in writes. */
  signIn(principal: string): Readonly<Record<string, unknown>>
}

/** As Passport keeps it: `session.passport.user`, if that is text or a number. */
const passport: ExpressPrincipal = {
  keys: ['passport'],
  of({ passport: kept }) {
    const user: unknown = typeof kept === 'object' && kept !== null && 'user' in kept ? kept.user : undefined
    return (typeof user === 'string' && user !== '') || typeof user === 'number' ? String(user) : null
  },
  signIn: (principal) => ({ passport: { user: principal } }),
}

const COOKIE = `${RESERVED}cookie`
const FLASH = `${RESERVED}flash`
/** Without an expiry of the cookie, connect-redis and connect-pg-simple keep a session for a day. */
const DAY = 86_400_000
const MOST_TOUCHED = 10_000

/** @throws ERR_SESSION_OPTIONS */
export function expressFormat(options: ExpressSessionOptions, principal: ExpressPrincipal = passport): ForeignFormat {
  const { secrets, store, name = 'connect.sid', cookie = {} } = options
  checkSecrets(secrets, "express-session's `secret`")
  const { path = '/', domain, secure = false, httpOnly = true, sameSite } = cookie
  return {
    system: 'express-session',
    cookie: { name, path, domain, secure, httpOnly, sameSite: sameSite === true ? 'strict' : sameSite || undefined },
    codec: expressValues,
    home: {
      kind: 'stored',
      readKey: (value) => unsignCookie(value, secrets),
      writeKey: (sid) => signCookie(sid, secrets),
      newKey: () => randomText(24),
      read: readValues,
      write: (values, _lifetime, now) => writeValues(values, cookie, now),
      store: new ComparingStore(store),
    },
    principal: {
      keys: principal.keys,
      of: (values) => principal.of(dataOf(values)),
      signIn: async (who) =>
        new Map(Object.entries(principal.signIn(who)).map(([key, value]) => [key, expressValues.encode(key, value, DAY)])),
    },
    flash: connectFlash,
    refreshes: true,
    lifetime(values, now) {
      const kept = values.get(COOKIE)
      const maxAge = maxAgeOf(kept ? (JSON.parse(kept.text) as ExpressRecordCookie) : { originalMaxAge: cookie.maxAge ?? null })
      return { expiresAt: now + (maxAge ?? DAY), cookieMaxAge: maxAge }
    },
  }
}

const expressValues: ValueCodec = {
  encode(key, value, maxBytes) {
    if (key !== 'cookie' && key !== 'flash') return jsonValues.encode(key, value, maxBytes)
    throw new SojournError('ERR_SESSION_KEY', `${JSON.stringify(key)} is a key that express-session, or connect-flash, keeps for itself.`)
  },
  decode: (value) => jsonValues.decode(value),
}

function readValues(text: string): ForeignValues | undefined {
  const record = readRecord(text)
  if (!record) return undefined
  const values = new Map([[COOKIE, { text: JSON.stringify(record.cookie), rich: false }]])
  for (const [key, value] of Object.entries(record.data)) {
    if (key.startsWith(RESERVED)) continue
    values.set(key === 'flash' && isFlash(value) ? FLASH : key, { text: JSON.stringify(value), rich: false })
  }
  return values
}

function writeValues(values: ForeignValues, options: ExpressCookieOptions, now: number): string {
  const kept = values.get(COOKIE)
  const cookie = kept ? renewedCookie(JSON.parse(kept.text) as ExpressRecordCookie, now) : recordCookie(options, now)
  const members = [`"cookie":${JSON.stringify(cookie)}`]
  for (const [key, { text }] of values) {
    if (key === FLASH) members.push(`"flash":${text}`)
    else if (key !== COOKIE) members.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${members.join(',')}}`
}

function dataOf(values: ForeignValues): Record<string, unknown> {
  return Object.fromEntries([...values].filter(([key]) => !key.startsWith(RESERVED)).map(([key, { text }]) => [key, JSON.parse(text)]))
}

type Flashes = Record<string, readonly string[]>

function isFlash(value: unknown): value is Flashes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((messages) => Array.isArray(messages) && messages.every((message) => typeof message === 'string'))
}

/** As connect-flash keeps them: lists of texts by type, in `session.flash`. */
const connectFlash: ForeignFlash = {
  read(values) {
    const kept = values.get(FLASH)
    const flashes = kept ? (JSON.parse(kept.text) as Flashes) : {}
    return Object.entries(flashes).flatMap(([type, texts]) => texts.map((text): FlashMessage => ({ type, text })))
  },
  write(values, messages) {
    const byType = new Map<string, string[]>()
    for (const { type, text } of messages) byType.set(type, [...(byType.get(type) ?? []), text])
    if (messages.length === 0) values.delete(FLASH)
    else values.set(FLASH, { text: JSON.stringify(Object.fromEntries(byType)), rich: false })
  },
}

/**
 * A store of express-session can only get and set. What is compared here is compared in this process, and another process can write
 * between the two: as it can between express-session's own.
 */
class ComparingStore implements ForeignStore<string> {
  readonly #store: ExpressStore
  /** These stores do not tell their deadline, so what this process last moved it to is remembered. */
  readonly #touched = new Map<string, number>()

  constructor(store: ExpressStore) {
    this.#store = store
  }

  async load(sid: string, { now }: Call): Promise<ForeignEntry<string> | undefined> {
    const session = await getSession(this.#store, sid)
    return session && { raw: JSON.stringify(session), expiresAt: this.#touched.get(sid) ?? now }
  }

  async create(sid: string, raw: string, expiresAt: number): Promise<'created' | 'exists'> {
    if (await getSession(this.#store, sid)) return 'exists'
    await this.#set(sid, raw, expiresAt)
    return 'created'
  }

  async replace(sid: string, old: string, next: string, expiresAt: number, call: Call): Promise<'updated' | 'gone' | ForeignEntry<string>> {
    const newest = await this.load(sid, call)
    if (!newest) return 'gone'
    if (newest.raw !== old) return newest
    await this.#set(sid, next, expiresAt)
    return 'updated'
  }

  async touch(sid: string, expiresAt: number, { now }: Call): Promise<boolean> {
    const session = await getSession(this.#store, sid)
    const record = session && readRecord(JSON.stringify(session))
    if (!record) return false
    const text = JSON.stringify({ ...record.data, cookie: renewedCookie(record.cookie, now) })
    await touchSession(this.#store, sid, sessionFor(text))
    this.#remember(sid, expiresAt)
    return true
  }

  async delete(sid: string): Promise<boolean> {
    const there = (await getSession(this.#store, sid)) !== undefined
    await destroySession(this.#store, sid)
    this.#touched.delete(sid)
    return there
  }

  /** The store is the application's. */
  async close(): Promise<void> {}

  async #set(sid: string, raw: string, expiresAt: number): Promise<void> {
    await setSession(this.#store, sid, sessionFor(raw))
    this.#remember(sid, expiresAt)
  }

  #remember(sid: string, expiresAt: number): void {
    this.#touched.delete(sid)
    this.#touched.set(sid, expiresAt)
    if (this.#touched.size > MOST_TOUCHED) this.#touched.delete(this.#touched.keys().next().value!)
  }
}
