/**
 * Session data as Django's engines keep them: signed JSON in a row, a file or the cookie, and a pickle in the cache.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
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

/** Where a signed session is kept: in a row (`db` and `cached_db`), a file, or the cookie. */
export type DjangoSignedEngine = 'db' | 'cached_db' | 'file' | 'signed_cookies'

/** What {@link writeSession} takes: how the site signs its sessions. */
export interface DjangoSessionWriting {
  /** SECRET_KEY as text or bytes, followed by SECRET_KEY_FALLBACKS. The first signs, all verify. */
  readonly secrets: ForeignSecrets
  /** The last word of SESSION_ENGINE. Default `'db'`. */
  readonly engine?: DjangoSignedEngine
  /**
   * Default: that of the engine. The salt of a custom SessionStore class contains its name:
   * `'django.contrib.sessions.MyStore'`.
   */
  readonly salt?: string
  /** The time in epoch milliseconds. Default: the system clock. */
  readonly now?: number
}

export interface DjangoSessionReading extends DjangoSessionWriting {
  /** SESSION_COOKIE_AGE in milliseconds. It limits the age of `signed_cookies` only. Default 14 days. */
  readonly maxAge?: number
  /**
   * Whether to read what Django before 3.1 wrote too, as Django 3.2 does: its older rows, and SHA-1 signatures. Default
   * `false`.
   */
  readonly legacy?: boolean
}

/** One object may serve both directions. */
const OPTIONS: KnownOptions<DjangoSessionReading> = { secrets: true, engine: true, salt: true, now: true, maxAge: true, legacy: true }

/**
 * Reads the data of a session from `django_session.session_data`, from a file, or from the cookie of `signed_cookies`.
 * A row of `PickleSerializer` is read if it is plain data. Returns `undefined` for anything wrong. The text of a row
 * does not tell whether the row has expired: see its column `expire_date`.
 *
 * @throws ERR_SESSION_OPTIONS for an unknown option; never because of the text
 */
export function readSession(text: string, options: DjangoSessionReading): Record<string, unknown> | undefined {
  checkOptions('readSession', options, OPTIONS)
  const opened = openSession(text, options)
  if (!opened) return undefined
  const data = isPickle(opened.payload) ? readPickle(opened.payload) : readJson(opened.payload.toString('latin1'))
  return isDict(data) ? data : undefined
}

/**
 * Writes a session as Django 3.1 and newer keeps it in a row, a file or the cookie.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what JSON could not return as it was, naming the key; ERR_SESSION_OPTIONS without
 * a secret
 */
export function writeSession(data: Readonly<Record<string, unknown>>, options: DjangoSessionWriting): string {
  checkOptions<DjangoSessionWriting>('writeSession', options, OPTIONS)
  return sealSession(writeJson(data, 'session', DJANGO_JSON), options)
}

/**
 * Reads a session that the engine `cache` or `cached_db` keeps in Redis. Only plain data: a pickle that names a class
 * is refused, and nothing is ever run. Returns `undefined` for anything else, and never throws. These entries are not
 * signed: whoever can write to that Redis decides what they say.
 */
export function readCachedSession(bytes: Uint8Array): Record<string, unknown> | undefined {
  const data = readPickle(bytes)
  return isDict(data) ? data : undefined
}

/**
 * Writes a session as the Redis cache of Django 4.0 and newer reads it.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what is not plain data, naming the key
 */
export function writeCachedSession(data: Readonly<Record<string, unknown>>): Buffer {
  return writePickle(data, 'session')
}

/** What {@link cacheKey} takes: how the site's cache names its keys. */
export interface DjangoCacheNaming {
  /** The last word of SESSION_ENGINE. Default `'cache'`. */
  readonly engine?: 'cache' | 'cached_db'
  /** KEY_PREFIX of the cache. Default `''`. */
  readonly prefix?: string
  /** VERSION of the cache. Default 1. */
  readonly version?: number
}

const NAMING: KnownOptions<DjangoCacheNaming> = { engine: true, prefix: true, version: true }

/**
 * The Redis key of a session.
 *
 * @throws ERR_SESSION_OPTIONS for an unknown option
 */
export function cacheKey(sessionKey: string, naming: DjangoCacheNaming = {}): string {
  checkOptions('cacheKey', naming, NAMING)
  const { engine = 'cache', prefix = '', version = 1 } = naming
  return `${prefix}:${version}:django.contrib.sessions.${engine}${sessionKey}`
}

/** Returns the signed bytes (JSON or a pickle) and when they were signed. */
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

/** Whether the bytes are a pickle. No JSON begins with this byte. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80
}

/** A row from before Django 3.1: base64 of a hexadecimal signature, a colon and the JSON. */
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
