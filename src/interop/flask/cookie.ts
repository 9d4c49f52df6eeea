/**
 * Flask's cookie session: tagged JSON, compressed if that makes it shorter, and signed together with the time
 * (`URLSafeTimedSerializer`).
 *
 * @module
 */
import { deflateSync } from 'node:zlib'
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { inflate } from '../_python/inflate.ts'
import { isDict } from '../_python/python.ts'
import type { ForeignSecrets } from '../_shared/secrets.ts'
import { sign, unsign } from './signer.ts'
import { readTagged, writeTagged } from './tags.ts'

const DAY = 86_400_000
/** Flask's default of PERMANENT_SESSION_LIFETIME. */
const LIFETIME = 31 * DAY

/** What {@link writeSession} takes: how the cookie is signed. */
export interface FlaskSessionWriting {
  /** SECRET_KEY as text or bytes, followed by SECRET_KEY_FALLBACKS. The first signs, all verify. */
  readonly secrets: ForeignSecrets
  /** The time in epoch milliseconds. Default: the system clock. */
  readonly now?: number
  /** The `salt` of the session interface. Default `'cookie-session'`. */
  readonly salt?: string
}

export interface FlaskSessionReading extends FlaskSessionWriting {
  /** PERMANENT_SESSION_LIFETIME in milliseconds. It limits every session, permanent or not. Default 31 days. */
  readonly maxAge?: number
}

/** One object may serve both directions. */
const OPTIONS: KnownOptions<FlaskSessionReading> = { secrets: true, now: true, salt: true, maxAge: true }

/**
 * Reads the data of a Flask session cookie. Returns `undefined` for anything wrong: tampered, signed with none of the
 * secrets, signed in the future, or older than `maxAge` (in whole seconds, as Flask counts them).
 *
 * @throws ERR_SESSION_OPTIONS for an unknown option; never because of the value
 */
export function readSession(value: string, options: FlaskSessionReading): Record<string, unknown> | undefined {
  checkOptions('readSession', options, OPTIONS)
  const payload = openCookie(value, options)
  const data = payload && readTagged(payload.text)
  return isDict(data) ? data : undefined
}

/**
 * Writes the value of a Flask session cookie. Flask 2.2 and 3.1 read it.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what Flask could not return as it was, naming the key; ERR_SESSION_OPTIONS without
 * a secret
 */
export function writeSession(data: Readonly<Record<string, unknown>>, options: FlaskSessionWriting): string {
  checkOptions<FlaskSessionWriting>('writeSession', options, OPTIONS)
  return sealCookie(writeTagged(data, 'session'), options)
}

/** Returns the JSON in a cookie, and when it was signed in epoch milliseconds. */
export function openCookie(value: string, options: FlaskSessionReading): { readonly text: string; readonly signedAt: number } | undefined {
  const { secrets, now = Date.now(), salt = SALT, maxAge = LIFETIME } = options
  const signed = unsign(value, secrets, salt)
  const dot = signed?.lastIndexOf('.') ?? -1
  if (signed === undefined || dot === -1) return undefined
  const seconds = secondsOf(signed.slice(dot + 1))
  const age = Math.floor(now / 1_000) - seconds
  if (!(age >= 0 && age <= Math.floor(maxAge / 1_000))) return undefined
  const text = payloadText(signed.slice(0, dot))
  return text === undefined ? undefined : { text, signedAt: seconds * 1_000 }
}

/** @throws ERR_SESSION_OPTIONS without a secret */
export function sealCookie(text: string, { secrets, now = Date.now(), salt = SALT }: FlaskSessionWriting): string {
  const bytes = Buffer.from(text)
  const small = deflateSync(bytes)
  const payload = small.length < bytes.length - 1 ? `.${small.toString('base64url')}` : bytes.toString('base64url')
  return sign(`${payload}.${timestampOf(now)}`, secrets, salt)
}

const SALT = 'cookie-session'

/** NaN unless there are one to six bytes. */
function secondsOf(text: string): number {
  const bytes = bytesOf(text)
  return bytes && bytes.length > 0 && bytes.length <= 6 ? bytes.readUIntBE(0, bytes.length) : Number.NaN
}

function timestampOf(now: number): string {
  const seconds = Math.floor(now / 1_000)
  if (!(seconds >= 0 && seconds < 2 ** 48)) throw optionError('now: not an instant in epoch milliseconds.')
  const bytes = Buffer.alloc(6)
  bytes.writeUIntBE(seconds, 0, 6)
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0)).toString('base64url')
}

function payloadText(payload: string): string | undefined {
  const isSmall = payload.startsWith('.')
  const bytes = bytesOf(isSmall ? payload.slice(1) : payload)
  const plain = bytes && isSmall ? inflate(bytes) : bytes
  try {
    return plain && utf8.decode(plain)
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function bytesOf(text: string): Buffer | undefined {
  return /^[\w-]*$/.test(text) ? Buffer.from(text, 'base64url') : undefined
}
