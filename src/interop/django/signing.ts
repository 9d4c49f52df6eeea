/**
 * `django.core.signing`: values that are signed together with the time (`TimestampSigner`). They hold JSON, compressed
 * if that makes it shorter.
 *
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { optionError } from '../../core/basics/errors.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { inflate } from '../_python/inflate.ts'
import { readJson, writeJson } from '../_python/python-json.ts'
import type { JsonStyle } from '../_python/python-json.ts'
import { signingSecret, verifyingSecrets } from '../_shared/secrets.ts'
import type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'

/** JSON as `json.dumps` writes it for Django: in the order of insertion. */
export const DJANGO_JSON: JsonStyle = { by: 'json', sorted: false }

/** What a value is signed with. */
export interface DjangoSigning {
  /** SECRET_KEY as text or bytes, followed by SECRET_KEY_FALLBACKS. The first signs, all verify. */
  readonly secrets: ForeignSecrets
  /** The purpose of the value. Default `'django.core.signing'`, which is that of `signing.dumps`. */
  readonly salt?: string
  /** The time in epoch milliseconds. Default: the system clock. */
  readonly now?: number
}

export interface DjangoReading extends DjangoSigning {
  /**
   * The maximum age of the signature in milliseconds. Default: no limit. A signature from the future is valid, as in
   * Django.
   */
  readonly maxAge?: number
  /**
   * Whether to accept SHA-1 signatures too, which Django 3.1 and 3.2 write under `DEFAULT_HASHING_ALGORITHM = "sha1"`.
   * Default `false`.
   */
  readonly legacy?: boolean
}

export interface DjangoWriting extends DjangoSigning {
  /** Whether to compress the value if that makes it shorter. Default `false`. */
  readonly compress?: boolean
}

/** One object may serve both directions. */
const OPTIONS: KnownOptions<DjangoReading & DjangoWriting> = {
  secrets: true,
  salt: true,
  now: true,
  maxAge: true,
  legacy: true,
  compress: true,
}

/**
 * Reads a value that `signing.dumps` signed. Returns `undefined` for anything wrong: tampered, signed with none of the
 * secrets or for another purpose, too old. Whole floats are read as {@link Float} and integers beyond 2^53 as bigint,
 * so that `writeSignedValue` writes them back as they were.
 *
 * @throws ERR_SESSION_OPTIONS for an unknown option; never because of the value
 */
export function readSignedValue(value: string, options: DjangoReading): unknown {
  checkOptions<DjangoReading>('readSignedValue', options, OPTIONS)
  const opened = openSigned(value, options)
  return opened && readJson(opened.payload.toString('latin1'))
}

/**
 * Writes a value that `signing.loads` of Django 3.1 and newer reads.
 *
 * @throws ERR_SESSION_VALUE_TYPE for what JSON could not return as it was; ERR_SESSION_OPTIONS without a secret
 */
export function writeSignedValue(data: unknown, options: DjangoWriting): string {
  checkOptions<DjangoWriting>('writeSignedValue', options, OPTIONS)
  return sealSigned(writeJson(data, 'data', DJANGO_JSON), options)
}

const SALT = 'django.core.signing'

/** What a signed value holds. */
export interface OpenedValue {
  readonly payload: Buffer
  /** Epoch milliseconds. */
  readonly signedAt: number
}

export function openSigned(value: string, options: DjangoReading): OpenedValue | undefined {
  const signed = unsignAt(value, options.salt ?? SALT, options)
  const payload = signed && payloadOf(signed.text)
  return payload && { payload, signedAt: signed.signedAt }
}

/** @throws ERR_SESSION_OPTIONS without a secret */
export function sealSigned(json: string, { compress = false, salt = SALT, secrets, now = Date.now() }: DjangoWriting): string {
  const bytes = Buffer.from(json)
  const small = compress ? deflateSync(bytes) : bytes
  const payload = small.length < bytes.length - 1 ? `.${small.toString('base64url')}` : bytes.toString('base64url')
  const text = `${payload}:${base62(now)}`
  return `${text}:${signatureOf(text, signingSecret(secrets), salt, 'sha256')}`
}

/** Returns the text of a timestamped signature, and when it was made. */
export function unsignAt(
  value: string,
  salt: string,
  { secrets, now = Date.now(), maxAge, legacy = false }: DjangoReading,
): { readonly text: string; readonly signedAt: number } | undefined {
  const match = /^(.*):([0-9A-Za-z]{1,8}):([\w-]+)$/s.exec(value)
  if (!match) return undefined
  const [, text, timestamp, signature] = match as unknown as [string, string, string, string]
  const given = Buffer.from(signature)
  const algorithm = legacy && given.length === SHA1_LENGTH ? 'sha1' : 'sha256'
  for (const secret of verifyingSecrets(secrets)) {
    const expected = Buffer.from(signatureOf(`${text}:${timestamp}`, secret, salt, algorithm))
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) continue
    const signedAt = secondsOf(timestamp) * 1_000
    return maxAge !== undefined && now - signedAt > maxAge ? undefined : { text, signedAt }
  }
  return undefined
}

/** The length of a SHA-1 signature in base64. */
const SHA1_LENGTH = 27

function signatureOf(text: string, secret: ForeignSecret, salt: string, algorithm: 'sha1' | 'sha256'): string {
  return saltedHmac(`${salt}signer`, text, secret, algorithm).toString('base64url')
}

/** `django.utils.crypto.salted_hmac` */
export function saltedHmac(salt: string, text: string | Uint8Array, secret: ForeignSecret, algorithm: 'sha1' | 'sha256'): Buffer {
  const key = createHash(algorithm).update(salt).update(secret).digest()
  return createHmac(algorithm, key).update(text).digest()
}

function payloadOf(text: string): Buffer | undefined {
  const isSmall = text.startsWith('.')
  const encoded = isSmall ? text.slice(1) : text
  if (!/^[\w-]*$/.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64url')
  return isSmall ? inflate(bytes) : bytes
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function secondsOf(timestamp: string): number {
  return Array.from(timestamp).reduce((seconds, digit) => seconds * 62 + DIGITS.indexOf(digit), 0)
}

function base62(now: number): string {
  let seconds = Math.floor(now / 1_000)
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw optionError('now: not an instant in epoch milliseconds.')
  }
  let text = ''
  do {
    text = DIGITS[seconds % 62]! + text
    seconds = Math.floor(seconds / 62)
  } while (seconds > 0)
  return text
}
