import { RESERVED } from '../../core/record/operations.ts'
import { SojournError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { randomText } from '../../core/crypto/random.ts'
import type { ValueCodec } from '../../core/record/values.ts'
import { MAX_SIGN_IN_BYTES } from '../_shared/format.ts'
import type { FlashMessage, ForeignFlash, ForeignFormat, ForeignLifetime, ForeignValues, StoreBackedStorage } from '../_shared/format.ts'
import { jsonValues } from '../_shared/json.ts'
import { RedisEntries } from '../_shared/redis.ts'
import type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
import { checkSignedIn } from '../_shared/nested-options.ts'
import { checkSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { ComparingStore } from './comparing.ts'
import { signSessionId, unsignSessionId } from './cookie.ts'
import { jsonText, maxAgeOf, readSession, recordCookie, renewedCookie } from './record.ts'
import type { ExpressCookieOptions, ExpressRecordCookie } from './record.ts'
import { ExpressRows } from './rows.ts'
import type { ExpressPostgres } from './rows.ts'
import { checkStore } from './store.ts'
import type { ExpressStore } from './store.ts'

/** The settings of the application that runs express-session. */
export interface ExpressSessionOptions {
  /** The application's `secret`: the first signs, all verify. */
  readonly secrets: ForeignSecrets
  /**
   * The application's `store`; or the Redis or the table in which connect-redis or connect-pg-simple keep the sessions.
   * A store can only get and set. In Redis or a table several processes of Node can write without losing changes, and
   * without bringing back a session that another process has just ended.
   */
  readonly store: ExpressStore | ExpressRedis | ExpressPostgres
  /** The application's `name`. Default `'connect.sid'`. */
  readonly name?: string
  /**
   * What stands before the id in the cookie. Default `'s:'`. For @fastify/session write its `cookiePrefix`, by default
   * `''`.
   */
  readonly cookiePrefix?: string
  /** The application's `cookie`. Default `{ path: '/', httpOnly: true, maxAge: null }`. */
  readonly cookie?: ExpressCookieOptions
}

/** The Redis of connect-redis, with connect-redis' own serializer. */
export interface ExpressRedis {
  /** A connected client of node-redis or ioredis, of one server. */
  readonly redis: ForeignNodeRedis | ForeignIoRedis
  /** Default `'sess:'`. */
  readonly prefix?: string
}

const COOKIE_OPTIONS: KnownOptions<ExpressCookieOptions> = {
  maxAge: true,
  path: true,
  domain: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
  partitioned: true,
  priority: true,
}
const COOKIE_HINTS = { expires: 'An instant at which all sessions end is not read. ' }
const STORES = 'store: pass a store of express-session, such as new RedisStore({ client }), or write { redis } or { postgres }.'
const REDIS: KnownOptions<ExpressRedis> = { redis: true, prefix: true }
const POSTGRES: KnownOptions<ExpressPostgres> = { postgres: true, tableName: true, schemaName: true }

/** How the application keeps who is signed in. */
export interface ExpressPrincipal {
  /** The keys of the session that a sign-in writes. They are removed before. */
  readonly keys: readonly string[]
  /** Returns who is signed in, from the data. */
  of(data: Readonly<Record<string, unknown>>): string | null
  /** Returns the entries that a sign-in writes. */
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

/** The key of the record's `cookie` among the values. */
export const COOKIE: string = `${RESERVED}cookie`
const FLASH = `${RESERVED}flash`
/** If the cookie has no expiry, connect-redis and connect-pg-simple keep a session for a day. */
const DAY = 86_400_000

/** @throws ERR_SESSION_OPTIONS */
export function expressFormat(options: ExpressSessionOptions, principal: ExpressPrincipal = passport): ForeignFormat {
  const { secrets, name = 'connect.sid', cookie = {} } = options
  checkSecrets(secrets, "express-session's `secret`")
  checkOptions('cookie', cookie, COOKIE_OPTIONS, COOKIE_HINTS)
  checkSignedIn(principal)
  const { path = '/', domain, secure = false, httpOnly = true, sameSite } = cookie
  return {
    system: 'express-session',
    cookie: { name, path, domain, secure, httpOnly, sameSite: sameSite === true ? 'strict' : sameSite || undefined },
    codec: expressValues,
    storage: storageOf(options),
    principal: {
      keys: principal.keys,
      of: (values) => principal.of(dataOf(values)),
      signIn: async (who) =>
        new Map(Object.entries(principal.signIn(who)).map(([key, value]) => [key, expressValues.encode(key, value, MAX_SIGN_IN_BYTES)])),
    },
    flash: connectFlash(FLASH),
    refreshes: true,
    lifetime(values, now) {
      const kept = values.get(COOKIE)
      return lifetimeOf(kept ? (JSON.parse(kept.text) as ExpressRecordCookie) : { originalMaxAge: cookie.maxAge ?? null }, now)
    },
  }
}

function storageOf({ store, secrets, cookiePrefix, cookie = {} }: ExpressSessionOptions): StoreBackedStorage<unknown> {
  const shared = {
    kind: 'store-backed' as const,
    readKey: (value: string) => unsignSessionId(value, secrets, cookiePrefix),
    writeKey: (sid: string) => signSessionId(sid, secrets, cookiePrefix),
    newKey: () => randomText(24),
  }
  if (typeof store === 'object' && store !== null && 'redis' in store) {
    checkOptions('store', store, REDIS)
    const { redis, prefix = 'sess:' } = store
    const inBytes: StoreBackedStorage<Buffer> = {
      ...shared,
      read: (raw) => readValues(raw.toString()),
      write: (values, _lifetime, now) => Buffer.from(writeValues(values, cookie, now)),
      store: new RedisEntries(redis, (sid) => prefix + sid, 'store.redis'),
    }
    return inBytes
  }
  if (typeof store === 'object' && store !== null && 'postgres' in store) checkOptions('store', store, POSTGRES)
  else checkStore(store, STORES)
  const inText: StoreBackedStorage<string> = {
    ...shared,
    read: (raw) => readValues(raw),
    write: (values, _lifetime, now) => writeValues(values, cookie, now),
    store: 'postgres' in store ? new ExpressRows(store) : new ComparingStore(store),
  }
  return inText
}

const expressValues: ValueCodec = {
  encode(key, value, maxBytes) {
    if (key !== 'cookie' && key !== 'flash') return jsonValues.encode(key, value, maxBytes)
    throw new SojournError('ERR_SESSION_KEY', `${JSON.stringify(key)} is a key that express-session, or connect-flash, keeps for itself.`)
  },
  decode: (value) => jsonValues.decode(value),
}

/** @param flashKey where messages of connect-flash go, to keep them apart from the data */
export function readValues(text: string, flashKey: string = FLASH): ForeignValues | undefined {
  const record = readSession(text)
  const cookie = record && jsonText(record.cookie)
  if (cookie === undefined) return undefined
  const values = new Map([[COOKIE, { text: cookie, rich: false }]])
  for (const [key, value] of Object.entries(record!.data)) {
    const kept = jsonText(value)
    if (kept === undefined) return undefined
    if (!key.startsWith(RESERVED)) values.set(key === 'flash' && isFlash(value) ? flashKey : key, { text: kept, rich: false })
  }
  return values
}

export function writeValues(values: ForeignValues, options: ExpressCookieOptions, now: number): string {
  const kept = values.get(COOKIE)
  const cookie = kept ? renewedCookie(JSON.parse(kept.text) as ExpressRecordCookie, now) : recordCookie(options, now)
  const members = [`"cookie":${JSON.stringify(cookie)}`]
  for (const [key, { text }] of values) {
    if (key === FLASH) members.push(`"flash":${text}`)
    else if (key !== COOKIE) members.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${members.join(',')}}`
}

/** How long a session lives that is written now. */
export function lifetimeOf(cookie: ExpressRecordCookie, now: number): ForeignLifetime {
  const maxAge = maxAgeOf(cookie)
  return { expiresAt: now + (maxAge ?? DAY), cookieMaxAge: maxAge }
}

export function dataOf(values: ForeignValues): Record<string, unknown> {
  return Object.fromEntries([...values].filter(([key]) => !key.startsWith(RESERVED)).map(([key, { text }]) => [key, JSON.parse(text)]))
}

type Flashes = Record<string, readonly string[]>

function isFlash(value: unknown): value is Flashes {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((messages) => Array.isArray(messages) && messages.every((message) => typeof message === 'string'))
}

/**
 * Flash messages as connect-flash keeps them: lists of texts by type, in `session.flash`.
 *
 * @param flashKey where they are among the values
 */
export function connectFlash(flashKey: string): ForeignFlash {
  return {
    read(values) {
      const kept: unknown = JSON.parse(values.get(flashKey)?.text ?? '{}')
      return Object.entries(isFlash(kept) ? kept : {}).flatMap(([type, texts]) => texts.map((text): FlashMessage => ({ type, text })))
    },
    write(values, messages) {
      const byType = new Map<string, string[]>()
      for (const { type, text } of messages) byType.set(type, [...(byType.get(type) ?? []), text])
      if (messages.length === 0) values.delete(flashKey)
      else values.set(flashKey, { text: JSON.stringify(Object.fromEntries(byType)), rich: false })
    },
  }
}
