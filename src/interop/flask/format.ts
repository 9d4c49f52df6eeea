import { parseSpan } from '../../core/basics/time.ts'
import type { Duration } from '../../core/basics/time.ts'
import { SojournError, optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { randomText } from '../../core/crypto/random.ts'
import { checkSize, define } from '../../core/record/values.ts'
import type { EncodedValue, ValueCodec } from '../../core/record/values.ts'
import { MAX_SIGN_IN_BYTES } from '../_shared/format.ts'
import type {
  CookieBackedStorage,
  FlashMessage,
  ForeignFlash,
  ForeignFormat,
  ForeignValues,
  StoreBackedStorage,
} from '../_shared/format.ts'
import { Markup, plainValue, Tuple } from '../_python/python.ts'
import { RedisEntries } from '../_shared/redis.ts'
import type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
import { COOKIE_OPTIONS, checkSignedIn } from '../_shared/nested-options.ts'
import { checkSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { openCookie, sealCookie } from './cookie.ts'
import { FLASHES, cookieNotation, isOwn, PERMANENT, storedNotations, textsOf, valuesOf } from './notation.ts'
import type { Notation } from './notation.ts'
import { signSessionId, unsignSessionId } from './session-value.ts'
import type { FlaskSessionFormat } from './session-value.ts'

/** The settings of the Flask application. */
export interface FlaskOptions {
  /**
   * SECRET_KEY, followed by SECRET_KEY_FALLBACKS: the first signs, all verify. Required, unless Flask-Session keeps
   * unsigned ids in its cookie.
   */
  readonly secrets?: ForeignSecrets
  /**
   * The application's session cookie: SESSION_COOKIE_NAME and so on. Default `{ name: 'session', path: '/', httpOnly:
   * true, secure: false }`.
   */
  readonly cookie?: FlaskSessionCookie
  /** PERMANENT_SESSION_LIFETIME. Default `'31d'`. */
  readonly lifetime?: Duration
  /**
   * Whether a new session is permanent (`_permanent: true`). The default is `false`, as in Flask; with `redis` it is
   * `true`, as in Flask-Session (SESSION_PERMANENT).
   */
  readonly permanent?: boolean
  /** The Redis of Flask-Session. Left out: sessions travel in Flask's own signed cookie. */
  readonly redis?: FlaskSessionRedis
}

export interface FlaskSessionCookie {
  readonly name?: string
  readonly path?: string
  readonly domain?: string
  readonly secure?: boolean
  readonly httpOnly?: boolean
  readonly sameSite?: 'lax' | 'strict' | 'none'
}

/** Flask-Session with SESSION_TYPE `'redis'`. */
export interface FlaskSessionRedis {
  /** A connected client of node-redis or ioredis, of one server. */
  readonly client: ForeignNodeRedis | ForeignIoRedis
  /** SESSION_KEY_PREFIX. Default `'session:'`. */
  readonly prefix?: string
  /**
   * The format that this version of Flask-Session writes. Every format is read. Default `'msgpack'`; Flask-Session
   * before 0.7 needs `'pickle'`.
   */
  readonly format?: FlaskSessionFormat
  /** SESSION_USE_SIGNER. Default `false`. */
  readonly signed?: boolean
}

const REDIS: KnownOptions<FlaskSessionRedis> = { client: true, prefix: true, format: true, signed: true }
const COOKIE_HINTS = { maxAge: 'PERMANENT_SESSION_LIFETIME is the option `lifetime` beside it. ' }

/** How the application keeps who is signed in. */
export interface FlaskPrincipal {
  /** The keys of the session that a sign-in writes. They are removed before. */
  readonly keys: readonly string[]
  /** Returns who is signed in, from the values of `keys`. */
  of(data: Readonly<Record<string, unknown>>): string | null
  /** Returns the entries that a sign-in writes. */
  signIn(principal: string): Readonly<Record<string, unknown>>
}

/** As Flask-Login keeps it: the id as text in `_user_id`. */
const flaskLogin: FlaskPrincipal = {
  keys: ['_user_id', '_fresh', '_id'],
  of: ({ _user_id: user }) => (typeof user === 'string' && user !== '' ? user : null),
  signIn: (principal) => ({ _user_id: principal, _fresh: true }),
}

/**
 * @param plain whether to return plain values, which our own sessions can keep, instead of the classes for Python's
 * types
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function flaskFormat(options: FlaskOptions, { principal = flaskLogin, plain = false }: FlaskReading = {}): ForeignFormat {
  const { secrets = [], cookie = {}, redis, permanent = redis !== undefined } = options
  checkOptions<FlaskSessionCookie>('cookie', cookie, COOKIE_OPTIONS, COOKIE_HINTS)
  if (redis !== undefined) checkOptions('redis', redis, REDIS)
  checkSignedIn(principal)
  const { name = 'session', path = '/', domain, secure = false, httpOnly = true, sameSite } = cookie
  if (!redis || redis.signed) checkSecrets(secrets, "Flask's SECRET_KEY")
  const lifetime = parseSpan(options.lifetime ?? '31d', 'lifetime')
  const notation: Notation = redis ? storedNotation(redis) : cookieNotation
  const codec = codecOf(notation, plain)
  const isPermanent = (values: ForeignValues): boolean => {
    const kept = values.get(PERMANENT)
    return kept ? notation.decode(kept.text) === true : permanent
  }
  const complete = (values: ForeignValues): ForeignValues =>
    permanent && !values.has(PERMANENT) ? new Map([[PERMANENT, encoded(notation, true)], ...values]) : values

  return {
    system: 'Flask',
    cookie: { name, path, domain, secure, httpOnly, sameSite },
    codec,
    storage: redis ? redisStorage(redis, secrets, complete) : cookieStorage(secrets, lifetime, complete),
    principal: {
      keys: principal.keys,
      of: (values) => principal.of(dataOf(values, principal.keys, notation)),
      async signIn(who, persistence) {
        const entries = new Map(
          Object.entries(principal.signIn(who)).map(([key, value]) => [key, codec.encode(key, value, MAX_SIGN_IN_BYTES)]),
        )
        if (persistence !== 'normal') entries.set(PERMANENT, encoded(notation, persistence === 'remember'))
        return entries
      },
    },
    flash: flashIn(notation),
    refreshes: isPermanent,
    lifetime: (values, now) => ({ expiresAt: now + lifetime, cookieMaxAge: isPermanent(values) ? lifetime : undefined }),
  }
}

interface FlaskReading {
  readonly principal?: FlaskPrincipal | undefined
  readonly plain?: boolean
}

function storedNotation({ format = 'msgpack' }: FlaskSessionRedis): (typeof storedNotations)[FlaskSessionFormat] {
  if (Object.hasOwn(storedNotations, format)) return storedNotations[format]
  throw optionError("redis.format: write 'msgpack', 'json' or 'pickle'.")
}

function cookieStorage(secrets: ForeignSecrets, maxAge: number, complete: (values: ForeignValues) => ForeignValues): CookieBackedStorage {
  return {
    kind: 'cookie-backed',
    read(value, now) {
      const found = openCookie(value, { secrets, now, maxAge })
      const texts = found && cookieNotation.read(found.text)
      return texts && { values: valuesOf(texts), expiresAt: found.signedAt + maxAge }
    },
    write: (values, now) => sealCookie(cookieNotation.write(textsOf(complete(values))), { secrets, now }),
  }
}

function redisStorage(
  redis: FlaskSessionRedis,
  secrets: ForeignSecrets,
  complete: (values: ForeignValues) => ForeignValues,
): StoreBackedStorage<Buffer> & StoreBackedStorage<unknown> {
  const notation = storedNotation(redis)
  const { client, prefix = 'session:', signed = false } = redis
  return {
    kind: 'store-backed',
    readKey(value) {
      const sid = signed ? unsignSessionId(value, secrets) : value
      return sid !== undefined && /^[\w-]{16,128}$/.test(sid) ? sid : undefined
    },
    writeKey: (sid) => (signed ? signSessionId(sid, secrets) : sid),
    newKey: () => randomText(32),
    read(raw) {
      const texts = notation.read(raw as Buffer)
      return texts && valuesOf(texts)
    },
    write: (values) => notation.write(textsOf(complete(values))),
    store: new RedisEntries(client, (sid) => prefix + sid, 'redis.client'),
  }
}

function codecOf(notation: Notation, plain: boolean): ValueCodec {
  return {
    encode(key, value, maxBytes) {
      if (isOwn(key)) throw new SojournError('ERR_SESSION_KEY', `${JSON.stringify(key)} is a key that Flask keeps for itself.`)
      const text = notation.encode(value, key)
      checkSize(key, text, maxBytes)
      return { text, rich: false }
    },
    decode({ text }) {
      const value = notation.decode(text)
      if (value === undefined) throw new SojournError('ERR_SESSION_VALUE_TYPE', 'A value of Flask cannot be read.')
      return plain ? plainValue(value) : value
    },
  }
}

function encoded(notation: Notation, value: unknown): EncodedValue {
  return { text: notation.encode(value, 'session'), rich: false }
}

function dataOf(values: ForeignValues, keys: readonly string[], notation: Notation): Record<string, unknown> {
  const data: Record<string, unknown> = {}
  for (const key of keys) {
    const kept = values.get(key)
    const value = kept && notation.decode(kept.text)
    if (value !== undefined) define(data, key, value)
  }
  return data
}

/** A message with its original item, so that Markup stays Markup. */
interface KeptMessage extends FlashMessage {
  readonly item: unknown
}

/** Flash messages as `flask.flash` keeps them: pairs of category and message in `_flashes`. */
function flashIn(notation: Notation): ForeignFlash {
  return {
    read(values) {
      const kept = values.get(FLASHES)
      const items = kept ? notation.decode(kept.text) : []
      return Array.isArray(items) ? items.flatMap(messageOf) : []
    },
    write(values, messages) {
      const items = (messages as readonly (FlashMessage | KeptMessage)[]).map((message) =>
        'item' in message ? message.item : notation.pair(message.type, message.text),
      )
      if (items.length === 0) values.delete(FLASHES)
      else values.set(FLASHES, encoded(notation, items))
    },
  }
}

function messageOf(item: unknown): KeptMessage[] {
  const [type, message] = item instanceof Tuple || Array.isArray(item) ? [...item] : []
  return [{ type: String(type), text: message instanceof Markup ? message.html : String(message), item }]
}
