import { createHash, randomBytes } from 'node:crypto'

/**
 * The file name of an id, which may be any text: an id never becomes a path unchecked (CVE-2025-61686, GO-2024-2730).
 * The name is hexadecimal, so that two ids stay different where file names have no case. The file holds the id itself.
 */
export function nameOf(id: string): string {
  const bytes = Buffer.from(id, 'base64url')
  if (bytes.length === 16 && bytes.toString('base64url') === id) return bytes.toString('hex')
  return `${digestOf(id)}x`
}

/** The file name of a principal, or of anything else that may be long. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function randomName(): string {
  return randomBytes(9).toString('hex')
}

/**
 * What the name of a record's inner folder says: everything that can change without the content, so that one rename
 * compares and sets all of it. The nonce is the name of the content file. No two states have the same nonce.
 */
export interface RecordState {
  readonly version: number
  readonly nonce: string
  readonly expiresAt: number
  readonly retainUntil: number
}

export function nameOfState({ version, nonce, expiresAt, retainUntil }: RecordState): string {
  return `${version}.${nonce}.${expiresAt}.${retainUntil}`
}

/** Returns `undefined` for any other name: of a foreign folder, or of a record that is being swept. */
export function stateOf(name: string): RecordState | undefined {
  const [, version, nonce, expiresAt, retainUntil] = /^(\d+)\.([0-9a-f]{18})\.(-?\d+)\.(-?\d+)$/.exec(name) ?? []
  if (!nonce) return undefined
  return { version: Number(version), nonce, expiresAt: Number(expiresAt), retainUntil: Number(retainUntil) }
}
