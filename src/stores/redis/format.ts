/**
 * A record as one string: a head of fixed width that scripts cut and compare as text (numbers of Lua lose digits), then
 * the principal, then the body.
 *
 * `expiresAt(16) version(16) retainUntil(16) principalBytes(6)`, decimal with leading zeros. `principalBytes` is `------`
 * for nobody.
 *
 * @module
 */
import type { StoredRecord } from '../../core/contracts/store.ts'

/** As many digits as the largest whole number that JavaScript holds exactly. */
const NUMBER_DIGITS = 16
const LENGTH_DIGITS = 6
const HEAD_LENGTH = 3 * NUMBER_DIGITS + LENGTH_DIGITS
const NOBODY = '-'.repeat(LENGTH_DIGITS)

/** An instant or a version as text that compares like the number. */
export function digits(value: number): string {
  return String(value).padStart(NUMBER_DIGITS, '0')
}

/** Head and principal; scripts compare them, so that a change of principal or of `retainUntil` is noticed. */
export function formatHead({ expiresAt, version, retainUntil, principal }: StoredRecord): string {
  const length = principal === null ? NOBODY : String(Buffer.byteLength(principal)).padStart(LENGTH_DIGITS, '0')
  return digits(expiresAt) + digits(version) + digits(retainUntil) + length + (principal ?? '')
}

export function formatRecord(record: StoredRecord): string {
  return formatHead(record) + record.body
}

/** `undefined` for a text that is no record of ours. */
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

/** The length counts bytes, as Lua does. */
function readPrincipal(rest: string, bytes: number): string | undefined {
  // Plain ASCII, the common case, needs no buffer.
  const plain = rest.slice(0, bytes)
  if (Buffer.byteLength(plain) === bytes) return plain
  const buffer = Buffer.from(plain)
  return buffer.length < bytes ? undefined : buffer.subarray(0, bytes).toString('utf8')
}
