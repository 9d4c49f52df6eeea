/**
 * What the console shows of a record. It never has a hash, a token or a stamp.
 *
 * @module
 */
import { inspect } from 'node:util'
import { lastSeenAt } from '../../core/record/policy.ts'
import type { Policy } from '../../core/record/policy.ts'
import { RESERVED } from '../../core/record/operations.ts'
import type { Persistence, SessionRecord } from '../../core/record/record.ts'
import { decodeValue } from '../../core/record/values.ts'
import type { EncodedValue } from '../../core/record/values.ts'

/** One session. Times are epoch milliseconds. */
export interface Shown {
  readonly id: string
  readonly principal: string | null
  /** Who acts for the principal in it, and why; `undefined`: it is the principal's own. */
  readonly acting: { readonly actor: string; readonly reason: string } | undefined
  readonly createdAt: number
  /** When it was last used, exact to a tenth of the idle timeout. */
  readonly lastSeenAt: number
  /** When its user signed in; 0 if nobody is signed in. */
  readonly authenticatedAt: number
  readonly expiresAt: number
  readonly absoluteExpiresAt: number
  readonly persistence: Persistence
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly version: number
  /** How many tokens it has had. */
  readonly generation: number
  readonly tokenIssuedAt: number
  readonly isTokenPending: boolean
  /** The size of all values together, with their keys, in bytes. */
  readonly bytes: number
  readonly keys: readonly ShownKey[]
}

export interface ShownKey {
  readonly name: string
  readonly bytes: number
  /** Whether the library itself keeps it, such as flash messages. */
  readonly isOwn: boolean
  /** The value as text, if the console shows values. */
  readonly value?: string
}

/** @param showValues whether the application's values are shown. Our own stay hidden: one may be a step of a sign-in */
export function shown(record: SessionRecord, policy: Policy, showValues: boolean): Shown {
  const { id, principal, expiresAt, version, meta } = record
  const keys = Array.from(record.values, ([key, value]): ShownKey => {
    const isOwn = key.startsWith(RESERVED)
    const name = isOwn ? key.replaceAll(RESERVED, '') : key
    const size = { name, isOwn, bytes: Buffer.byteLength(value.text) }
    return showValues && !isOwn ? { ...size, value: textOf(value) } : size
  })
  return {
    id,
    principal,
    acting: meta.acting && { actor: meta.acting.actor, reason: meta.acting.reason },
    createdAt: meta.createdAt,
    lastSeenAt: lastSeenAt(policy, record),
    authenticatedAt: meta.authenticatedAt,
    expiresAt,
    absoluteExpiresAt: meta.absoluteExpiresAt,
    persistence: meta.persistence,
    address: meta.address,
    userAgent: meta.userAgent,
    version,
    generation: meta.generation,
    tokenIssuedAt: (meta.pending ?? meta.current).at,
    isTokenPending: meta.pending !== undefined,
    bytes: keys.reduce((sum, { name, bytes }) => sum + Buffer.byteLength(name) + bytes, 0),
    keys,
  }
}

function textOf(value: EncodedValue): string {
  try {
    return inspect(decodeValue(value), { depth: 6, maxArrayLength: 100, maxStringLength: 2_000, breakLength: 80 })
  } catch {
    return value.text.slice(0, 2_000)
  }
}
