/**
 * The data of a session as Django's engines keep them: signed JSON in a row, a file or the cookie; a pickle in the cache.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { readPickle } from '../_python/pickle.ts'
import { writePickle } from '../_python/pickling.ts'
import { readJson, writeJson } from '../_python/python-json.ts'
import { isDict } from '../_python/python.ts'
import { verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { DJANGO_JSON, openSigned, saltedHmac, sealSigned } from './signing.ts'

const DAY = 86_400_000
/** Django's default of SESSION_COOKIE_AGE. */
const COOKIE_AGE = 14 * DAY

/** Where a signed session lies: in a row (`db` and `cached_db`), a file, or the cookie. */
export type DjangoSignedEngine = 'db' | 'cached_db' | 'file' | 'signed_cookies'

/** How the sessions of a site are signed. */
export interface DjangoSessionWriting {
  /** SECRET_KEY, text or bytes, and behind it SECRET_KEY_FALLBACKS: the first signs, all verify. */
  readonly secrets: ForeignSecrets
  /** SESSION_ENGINE, its last word. Default `'db'`. */
  readonly engine?: DjangoSignedEngine
  /** Default: that of the engine. A SessionStore of a class of its own has its name in it: `'django.contrib.sessions.MyStore'`. */
  readonly salt?: string
  /** Epoch milliseconds. Default: the clock. */
  readonly now?: number
}

export interface DjangoSessionReading extends DjangoSessionWriting {
  /** SESSION_COOKIE_AGE in milliseconds, which limits the age of `signed_cookies` and of nothing else. Default 14 days. */
  readonly maxAge?: number
  /** Takes what Django before 3.1 wrote, too, as Django 3.2 does: rows of its own form, and signatures by SHA-1. Default `false`. */
  readonly legacy?: boolean
}

/**
 * The data of a session in `django_session.session_data`, in a file, or in the cookie of `signed_cookies`. A row of `PickleSerializer` is read if it is
 * plain data. `undefined` for anything wrong. Never throws. Whether a row has expired is said beside it, in `expire_date`.
 */
export function readSession(text: string, options: DjangoSessionReading): Record<string, unknown> | undefined {
  const opened = openSession(text, options)
  if (!opened) return undefined
  const data = isPickle(opened.payload) ? readPickle(opened.payload) : readJson(opened.payload.toString('latin1'))
  return isDict(data) ? data : undefined
}

/**
 * What Django 3.1 and newer keeps for a session: of a row, a file, or in the cookie.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what JSON could not give back as it was, naming the key; ERR_SESSION_OPTIONS without a secret
 */
export function writeSession(data: Readonly<Record<string, unknown>>, options: DjangoSessionWriting): string {
  return sealSession(writeJson(data, 'session', DJANGO_JSON), options)
}

/**
 * The data of a session that the engine `cache`, or `cached_db`, keeps in Redis. Only plain data: whatever in a pickle names a class is refused, and nothing is
 * ever run. `undefined` for anything else. Never throws. Nothing signs these: whoever can write to that Redis decides what they say.
 */
export function readCachedSession(bytes: Uint8Array): Record<string, unknown> | undefined {
  const data = readPickle(bytes)
  return isDict(data) ? data : undefined
}

/**
 * What the Redis cache of Django 4.0 and newer reads as a session.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what is not plain data, naming the key
 */
export function writeCachedSession(data: Readonly<Record<string, unknown>>): Buffer {
  return writePickle(data, 'session')
}

/** How the cache of a site names its keys. */
export interface DjangoCacheNaming {
  /** SESSION_ENGINE, its last word. Default `'cache'`. */
  readonly engine?: 'cache' | 'cached_db'
  /** KEY_PREFIX of the cache. Default `''`. */
  readonly prefix?: string
  /** VERSION of the cache. Default 1. */
  readonly version?: number
}

/** The key in Redis of a session. */
export function cacheKey(sessionKey: string, { engine = 'cache', prefix = '', version = 1 }: DjangoCacheNaming = {}): string {
  return `${prefix}:${version}:django.contrib.sessions.${engine}${sessionKey}`
}

/** The signed bytes: JSON or a pickle, and when they were signed. */
export function openSession(
  text: string,
  options: DjangoSessionReading,
): { readonly payload: Buffer; readonly signedAt: number } | undefined {
  const { engine = 'db', salt = saltOf(engine), maxAge = COOKIE_AGE, legacy = false, ...signing } = options
  const limits = engine === 'signed_cookies' ? { maxAge } : {}
  const opened = openSigned(text, { ...signing, ...limits, salt, legacy })
  if (opened || !legacy || engine === 'signed_cookies') return opened
  const payload = openLegacy(text, signing.secrets)
  return payload && { payload, signedAt: 0 }
}

/** @throws ERR_SESSION_OPTIONS without a secret */
export function sealSession(json: string, { engine = 'db', salt = saltOf(engine), ...signing }: DjangoSessionWriting): string {
  return sealSigned(json, { ...signing, salt, compress: true })
}

function saltOf(engine: DjangoSignedEngine): string {
  return engine === 'signed_cookies' ? 'django.contrib.sessions.backends.signed_cookies' : 'django.contrib.sessions.SessionStore'
}

/** No JSON begins so. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80
}

/** A row from before Django 3.1: base64 of a signature in hexadecimal, a colon and the JSON. */
function openLegacy(text: string, secrets: ForeignSecrets): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const colon = bytes.indexOf(':')
  if (colon === -1) return undefined
  const [given, payload] = [bytes.subarray(0, colon), bytes.subarray(colon + 1)]
  const isSigned = verifyingSecrets(secrets).some((secret) => {
    const expected = Buffer.from(saltedHmac('django.contrib.sessionsSessionStore', payload, secret, 'sha1').toString('hex'))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return isSigned ? payload : undefined
}
