/**
 * A record as one string: first a head of fixed width, then the principal, then the body. Scripts cut the head and
 * compare its parts as text, because numbers of Lua lose digits.
 *
 * The head is `expiresAt(16) version(16) retainUntil(16) principalBytes(6)`, decimal with leading zeros.
 * `principalBytes` is `------` without a principal.
 *
 * @module
 */
import type { StoredRecord } from '../../core/contracts/store.ts'

/** The number of digits of the largest integer that JavaScript holds exactly. */
const NUMBER_DIGITS = 16
const LENGTH_DIGITS = 6
const HEAD_LENGTH = 3 * NUMBER_DIGITS + LENGTH_DIGITS
const NOBODY = '-'.repeat(LENGTH_DIGITS)
const ZERO = '0'.charCodeAt(0)

/** An instant or a version as text. Such texts compare like the numbers. */
export function digits(value: number): string {
  return String(value).padStart(NUMBER_DIGITS, '0')
}

/**
 * Head and principal; the body follows. A script compares them to notice a change of the principal or of `retainUntil`.
 */
export function formatHead({ expiresAt, version, retainUntil, principal }: StoredRecord): string {
  const length = principal === null ? NOBODY : String(Buffer.byteLength(principal)).padStart(LENGTH_DIGITS, '0')
  return digits(expiresAt) + digits(version) + digits(retainUntil) + length + (principal ?? '')
}

/** Returns `undefined` for a text that is not a record of this store. */
export function parseRecord(id: string, text: string): StoredRecord | undefined {
  const expiresAt = numberAt(text, 0, NUMBER_DIGITS)
  const version = numberAt(text, NUMBER_DIGITS, NUMBER_DIGITS)
  const retainUntil = numberAt(text, 2 * NUMBER_DIGITS, NUMBER_DIGITS)
  if (Number.isNaN(expiresAt + version + retainUntil)) return undefined
  const rest = text.slice(HEAD_LENGTH)
  if (text.startsWith(NOBODY, 3 * NUMBER_DIGITS)) return { id, version, expiresAt, retainUntil, principal: null, body: rest }
  const principal = readPrincipal(rest, numberAt(text, 3 * NUMBER_DIGITS, LENGTH_DIGITS))
  if (principal === undefined) return undefined
  return { id, version, expiresAt, retainUntil, principal, body: rest.slice(principal.length) }
}

/** Reads what the script of a touch returns: `retainUntil`, then '+' and the principal, or '-' without one. */
export function parseOwner(text: string): Pick<StoredRecord, 'retainUntil' | 'principal'> {
  const principal = text[NUMBER_DIGITS] === '+' ? text.slice(NUMBER_DIGITS + 1) : null
  return { retainUntil: Number(text.slice(0, NUMBER_DIGITS)), principal }
}

/** Reads a number of fixed width. Returns `NaN` if there is anything but digits. */
function numberAt(text: string, from: number, width: number): number {
  let value = 0
  for (let i = from; i < from + width; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/**
 * Reads a principal of `bytes` bytes: Lua counts bytes, not characters. Returns `undefined` if there are fewer, or if
 * `bytes` is no number.
 */
function readPrincipal(rest: string, bytes: number): string | undefined {
  if (Number.isNaN(bytes)) return undefined
  // ASCII, the common case, needs no buffer.
  const plain = rest.slice(0, bytes)
  if (Buffer.byteLength(plain) === bytes) return plain
  const buffer = Buffer.from(plain)
  return buffer.length < bytes ? undefined : buffer.subarray(0, bytes).toString('utf8')
}
