import { createHash } from 'node:crypto'
import type { DataRules } from '../../core/record/schema.ts'
import type { RecordSummary } from '../../core/request/session-backend.ts'
import type { TimedCalls } from '../../core/storage/store-calls.ts'
import type { ForeignFormat, ForeignValues } from './format.ts'
import type { ForeignOperation } from './operations.ts'

/** A session of another system, as it was read or last saved. */
export interface ForeignRecord extends RecordSummary {
  /** The key in the other system's store or, where the data travel, the cookie's text: a bearer secret. */
  readonly secret: string
  /** What the store holds; compared before it is replaced. */
  readonly raw: unknown
  readonly values: ForeignValues
  readonly principal: string | null
}

export type WriteResult =
  | { readonly type: 'saved'; readonly record: ForeignRecord; readonly attempts: number }
  /** The session has ended; nothing was written. */
  | { readonly type: 'gone' }
  /** Somebody else is signed in meanwhile; nothing was written. */
  | { readonly type: 'superseded' }

/** Keeps the sessions of a format: in a store, or with the client. */
export interface ForeignRepository {
  /** @param cookie untrusted */
  find(cookie: string): Promise<ForeignRecord | undefined>
  /** The public name of the session that a cookie names, whether it lives or not. */
  nameOf(cookie: string): string | undefined
  /** Applies operations to the newest data. `fresh`: `base` was read for this write. */
  write(base: ForeignRecord, fresh: boolean, operations: readonly ForeignOperation[]): Promise<WriteResult>
  /** A session under a new key, with the newest data of `base`, which is left; `undefined` if nothing is worth one. */
  create(base: ForeignRecord | undefined, operations: readonly ForeignOperation[]): Promise<ForeignRecord | undefined>
  /** Whether it was there. */
  end(record: ForeignRecord): Promise<boolean>
  /** Moves the deadline; whether the session is live. Left out: by sending the cookie anew. */
  readonly touch?: (record: ForeignRecord) => Promise<boolean>
  /** The cookie's text. */
  cookieOf(record: ForeignRecord): string
}

export interface RepositoryContext {
  readonly format: ForeignFormat
  readonly rules: DataRules
  readonly calls: TimedCalls
  readonly clock: { now(): number }
}

/** The key of another system is a bearer secret; this name of the session may be logged. */
export function publicName(secret: string): string {
  return createHash('sha256').update('sojourn/interop ').update(secret).digest('base64url').slice(0, 22)
}

export function foreignRecord(
  { format }: RepositoryContext,
  found: { secret: string; raw: unknown; values: ForeignValues; expiresAt: number },
): ForeignRecord {
  return {
    ...found,
    id: publicName(found.secret),
    principal: format.principal.of(found.values),
    meta: { absoluteExpiresAt: undefined, authenticatedAt: 0, persistence: 'normal' },
  }
}
