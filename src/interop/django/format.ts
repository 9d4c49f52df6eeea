import { parseSpan } from '../../core/basics/time.ts'
import type { Duration } from '../../core/basics/time.ts'
import { SojournError, optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type {
  CookieBackedStorage,
  ForeignFormat,
  ForeignPrincipal,
  ForeignStore,
  ForeignValues,
  StoreBackedStorage,
} from '../_shared/format.ts'
import { RedisEntries } from '../_shared/redis.ts'
import type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
import { COOKIE_OPTIONS } from '../_shared/nested-options.ts'
import { checkSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { sessionDatabase } from './database.ts'
import type { DjangoDatabase } from './database.ts'
import { DjangoFiles } from './files.ts'
import { lifetimeOf } from './lifetime.ts'
import type { DjangoAges } from './lifetime.ts'
import { codecOf, encoded, decoded, EXPIRY, jsonWriter, pickleWriter, jsonOf, pickleIn, valuesIn, valuesInPickle } from './notation.ts'
import type { ValueWriter } from './notation.ts'
import { randomLetters } from './random.ts'
import { CachedDjangoRows, DjangoRows } from './rows.ts'
import { cacheKey, isPickle, openSession, sealSession } from './session-data.ts'
import { MODEL_BACKEND, readUser, USER_BACKEND, USER_HASH, USER_ID, writeUser, verifySessionAuthHash } from './user.ts'

/** The settings of the Django site. */
export type DjangoOptions = DjangoSite & DjangoEngine

export interface DjangoSite {
  /** SECRET_KEY, and behind it SECRET_KEY_FALLBACKS: the first signs, all verify. */
  readonly secrets: ForeignSecrets
  /**
   * Returns a user's `password` from the table: `SELECT password FROM auth_user WHERE id = … AND is_active`;
   * `undefined` or `null` if there is none.
   *
   * With it `login` works, and a session ends, as in Django, when its user is gone or has a new password. Without it
   * `login` throws, and such sessions go on.
   */
  readonly passwordOf?: (userId: string) => Promise<string | null | undefined>
  /**
   * The entry of AUTHENTICATION_BACKENDS that `login` writes. Default `'django.contrib.auth.backends.ModelBackend'`.
   */
  readonly backend?: string
  /**
   * The site's session cookie: SESSION_COOKIE_NAME and so on. Default `{ name: 'sessionid', path: '/', httpOnly: true,
   * secure: false, sameSite: 'lax' }`.
   */
  readonly cookie?: DjangoSessionCookie
  /** SESSION_COOKIE_AGE. Default `'14d'`. */
  readonly cookieAge?: Duration
  /** SESSION_EXPIRE_AT_BROWSER_CLOSE. Default `false`. */
  readonly expireAtBrowserClose?: boolean
  /** SESSION_SAVE_EVERY_REQUEST. Default `false`. */
  readonly saveEveryRequest?: boolean
  /** The salt of a custom SessionStore class: `'django.contrib.sessions.MyStore'`. Default: that of the engine. */
  readonly salt?: string
  /** Whether to read what Django before 3.1 wrote too, as Django 3.2 does. Default `false`. */
  readonly legacy?: boolean
}

export interface DjangoSessionCookie {
  readonly name?: string
  readonly path?: string
  readonly domain?: string
  readonly secure?: boolean
  readonly httpOnly?: boolean
  /** `false`: without the attribute. */
  readonly sameSite?: 'lax' | 'strict' | 'none' | false
}

/**
 * The last word of SESSION_ENGINE, and what that engine needs. The database keeps instants in UTC: USE_TZ must be on.
 */
export type DjangoEngine =
  | { readonly engine: 'db'; readonly database: DjangoDatabase }
  | { readonly engine: 'cache'; readonly cache: DjangoCache }
  | { readonly engine: 'cached_db'; readonly database: DjangoDatabase; readonly cache: DjangoCache }
  /** SESSION_FILE_PATH. */
  | { readonly engine: 'file'; readonly folder: string }
  | { readonly engine: 'signed_cookies' }

/** The Redis cache of Django 4.0 and newer. */
export interface DjangoCache {
  /** A connected client of node-redis or ioredis, of one server. */
  readonly client: ForeignNodeRedis | ForeignIoRedis
  /** KEY_PREFIX. Default `''`. */
  readonly prefix?: string
  /** VERSION. Default 1. */
  readonly version?: number
}

const CACHE: KnownOptions<DjangoCache> = { client: true, prefix: true, version: true }
const COOKIE_HINTS = { maxAge: 'SESSION_COOKIE_AGE is the option `cookieAge` beside it. ' }

/** Replaced at a sign-in, as Django does where CSRF_USE_SESSIONS is on. */
const CSRF_TOKEN = '_csrftoken'
const KEY_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/**
 * @param adopting also reads what Django no longer writes, and returns plain values instead of the classes for Python's
 * types
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function djangoFormat(options: DjangoOptions, adopting: boolean): ForeignFormat {
  const { secrets, cookie = {}, expireAtBrowserClose = false, saveEveryRequest = false } = options
  checkSecrets(secrets, "Django's SECRET_KEY")
  checkOptions<DjangoSessionCookie>('cookie', cookie, COOKIE_OPTIONS, COOKIE_HINTS)
  const { name = 'sessionid', path = '/', domain, secure = false, httpOnly = true, sameSite = 'lax' } = cookie
  const ages = { cookieAge: parseSpan(options.cookieAge ?? '14d', 'cookieAge'), expireAtBrowserClose }
  const write = options.engine === 'cache' ? pickleWriter : jsonWriter
  return {
    system: 'Django',
    cookie: { name, path, domain, secure, httpOnly, sameSite: sameSite || undefined },
    codec: codecOf(write, adopting),
    storage: storageOf(options, ages, { adopting, name }),
    principal: principalOf(options, write, ages),
    refreshes: saveEveryRequest,
    lifetime: (values, now) => lifetimeOf(values, now, ages),
  }
}

function storageOf(options: DjangoOptions, ages: DjangoAges, more: { adopting: boolean; name: string }): ForeignFormat['storage'] {
  switch (options.engine) {
    case 'signed_cookies':
      return cookieBackedStorage(options, ages)
    case 'cache':
      return storeBackedStorage(entriesOf(options.cache, 'cache'), valuesInPickle, pickleIn)
    case 'db':
      return signedStorage(options, more.adopting, new DjangoRows(sessionDatabase(options.database)))
    case 'cached_db': {
      const rows = new DjangoRows(sessionDatabase(options.database))
      return signedStorage(options, more.adopting, new CachedDjangoRows(rows, entriesOf(options.cache, 'cached_db')))
    }
    case 'file': {
      if (typeof options.folder !== 'string' || options.folder === '') throw optionError('folder: write SESSION_FILE_PATH.')
      const expiresAt = (raw: string, changedAt: number): number => {
        const payload = openSession(raw, signingOf(options, changedAt))?.payload
        return lifetimeOf((payload && valuesIn(payload)) ?? new Map(), changedAt, ages).expiresAt
      }
      return signedStorage(options, more.adopting, new DjangoFiles(options.folder, more.name, expiresAt))
    }
    default:
      throw optionError("engine: write 'db', 'cache', 'cached_db', 'file' or 'signed_cookies'.")
  }
}

function entriesOf(cache: DjangoCache, engine: 'cache' | 'cached_db'): ForeignStore<Buffer> {
  checkOptions('cache', cache, CACHE)
  const { client, prefix = '', version = 1 } = cache
  return new RedisEntries(client, (key) => cacheKey(key, { engine, prefix, version }), 'cache.client')
}

function signingOf({ secrets, salt, legacy = false }: DjangoSite, now: number): { now: number } & Parameters<typeof openSession>[1] {
  return { secrets, legacy, now, ...(salt === undefined ? {} : { salt }) }
}

function signedStorage(site: DjangoSite, adopting: boolean, store: ForeignStore<string>): StoreBackedStorage<unknown> {
  return storeBackedStorage(
    store,
    (raw, now) => {
      const payload = openSession(raw, signingOf(site, now))?.payload
      // Django reads only the format it is configured for, and would not read JSON in place of a pickle.
      return payload && (adopting || !isPickle(payload)) ? valuesIn(payload) : undefined
    },
    (values, now) => sealSession(jsonOf(values), signingOf(site, now)),
  )
}

function storeBackedStorage<Raw>(
  store: ForeignStore<Raw>,
  read: (raw: Raw, now: number) => ForeignValues | undefined,
  write: (values: ForeignValues, now: number) => Raw,
): StoreBackedStorage<unknown> {
  const storage: StoreBackedStorage<Raw> = {
    kind: 'store-backed',
    readKey: (cookie) => (/^[a-z0-9]{8,40}$/.test(cookie) ? cookie : undefined),
    writeKey: (key) => key,
    newKey: () => randomLetters(32, KEY_LETTERS),
    read,
    write: (values, _lifetime, now) => write(values, now),
    store,
  }
  return storage
}

function cookieBackedStorage(site: DjangoSite, { cookieAge: maxAge }: DjangoAges): CookieBackedStorage {
  const engine = 'signed_cookies'
  return {
    kind: 'cookie-backed',
    read(cookie, now) {
      const opened = openSession(cookie, { ...signingOf(site, now), engine, maxAge })
      const values = opened && valuesIn(opened.payload)
      return values && { values, expiresAt: opened.signedAt + maxAge }
    },
    write: (values, now) => sealSession(jsonOf(values), { ...signingOf(site, now), engine }),
  }
}

function userOf(values: ForeignValues): ReturnType<typeof readUser> {
  const kept = [USER_ID, USER_BACKEND, USER_HASH].map((key) => [key, values.get(key)] as const)
  return readUser(Object.fromEntries(kept.flatMap(([key, value]) => (value ? [[key, decoded(value)]] : []))))
}

function principalOf(site: DjangoSite, write: ValueWriter, { cookieAge }: DjangoAges): ForeignPrincipal {
  const { secrets, passwordOf, backend = MODEL_BACKEND, legacy = false } = site
  return {
    keys: [USER_ID, USER_BACKEND, USER_HASH, CSRF_TOKEN],
    of: (values) => userOf(values)?.id ?? null,
    ...(passwordOf && {
      async isStillSignedIn(values: ForeignValues): Promise<boolean> {
        const user = userOf(values)
        const password = user?.hash === undefined ? undefined : await passwordOf(user.id)
        return typeof password === 'string' && verifySessionAuthHash(user!.hash!, password, secrets, { legacy })
      },
    }),
    async signIn(who, persistence) {
      if (!passwordOf) throw new SojournError('ERR_SESSION_CAPABILITY', 'login: Django needs a hash of the password. Pass `passwordOf`.')
      const password = await passwordOf(who)
      if (typeof password !== 'string') throw new SojournError('ERR_SESSION_PRINCIPAL', 'login: Django has no such user.')
      const entries = Object.entries(writeUser(who, password, { secrets, backend })).map(
        ([key, value]) => [key, encoded(write, value, key)] as const,
      )
      if (persistence === 'normal') return new Map(entries)
      const seconds = persistence === 'session' ? 0 : Math.floor(cookieAge / 1_000)
      return new Map([...entries, [EXPIRY, encoded(write, seconds, 'expiry')]])
    },
  }
}
