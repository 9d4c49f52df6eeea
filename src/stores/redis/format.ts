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

/** An instant or a version as text. Such texts compare like the numbers. */
export function digits(value: number): string {
  return String(value).padStart(NUMBER_DIGITS, '0')
}

/** Head and principal. A script compares them to notice a change of the principal or of `retainUntil`. */
export function formatHead({ expiresAt, version, retainUntil, principal }: StoredRecord): string {
  const length = principal === null ? NOBODY : String(Buffer.byteLength(principal)).padStart(LENGTH_DIGITS, '0')
  return digits(expiresAt) + digits(version) + digits(retainUntil) + length + (principal ?? '')
}

export function formatRecord(record: StoredRecord): string {
  return formatHead(record) + record.body
}

/** Returns `undefined` for a text that is not a record of this store. */
export function parseRecord(id: string, text: string): StoredRecord | undefined {
  const match = /^(\d{16})(\d{16})(\d{16})(\d{6}|-{6})/.exec(text)
  if (!match) return undefined
  const [, expiresAt, version, retainUntil, length] = match as unknown as [string, string, string, string, string]
  const rest = text.slice(HEAD_LENGTH)
  const principal = length === NOBODY ? null : readPrincipal(rest, Number(length))
  if (principal === undefined) return undefined
  return {
    id,
    version: Number(version),
    expiresAt: Number(expiresAt),
    retainUntil: Number(retainUntil),
    principal,
    body: principal === null ? rest : rest.slice(principal.length),
  }
}

/** Reads a principal of `bytes` bytes: Lua counts bytes, not characters. */
function readPrincipal(rest: string, bytes: number): string | undefined {
  // ASCII, the common case, needs no buffer.
  const plain = rest.slice(0, bytes)
  if (Buffer.byteLength(plain) === bytes) return plain
  const buffer = Buffer.from(plain)
  return buffer.length < bytes ? undefined : buffer.subarray(0, bytes).toString('utf8')
}
