import type { ForeignCalls } from '../../core/features/adopt.ts'
import { createHash } from 'node:crypto'
import type { DataRules } from '../../core/record/schema.ts'
import type { RecordSummary } from '../../core/request/session-backend.ts'
import type { ForeignSystem, ForeignValues } from './format.ts'
import type { ForeignOperation } from './operations.ts'

/** A session of another system, as it was read or last saved. */
export interface ForeignRecord extends RecordSummary {
  /**
   * The key in the other system's store or, where the data travel, the cookie's text. A bearer secret: never log it.
   */
  readonly secret: string
  /** What the store holds; it is compared before it is replaced. */
  readonly raw: unknown
  readonly values: ForeignValues
  readonly principal: string | null
}

export type WriteResult =
  | { readonly type: 'saved'; readonly record: ForeignRecord; readonly attempts: number }
  /** The session has ended; nothing was written. */
  | { readonly type: 'gone' }
  /** Somebody else has signed in meanwhile; nothing was written. */
  | { readonly type: 'superseded' }

/** Finds and writes the sessions of a format, in a store or in the cookie. */
export interface ForeignRepository {
  /** @param cookie untrusted */
  find(cookie: string): Promise<ForeignRecord | undefined>
  /** The public name of the session that a cookie names, whether the session is live or not. */
  nameOf(cookie: string): string | undefined
  /**
   * Applies operations to the newest data.
   *
   * @param fresh whether `base` was read for this write
   */
  write(base: ForeignRecord, fresh: boolean, operations: readonly ForeignOperation[]): Promise<WriteResult>
  /**
   * Creates a session under a new key, with the newest data of `base`. Leaves `base` as it is. Returns `undefined` if
   * there is nothing to store.
   *
   * @param key the new key, if the application was told one
   */
  create(base: ForeignRecord | undefined, operations: readonly ForeignOperation[], key?: string): Promise<ForeignRecord | undefined>
  /** Ends the session. Returns whether there was one. */
  end(record: ForeignRecord): Promise<boolean>
  /** Moves the deadline, and returns whether the session is live. Left out: the cookie is sent again instead. */
  readonly touch?: (record: ForeignRecord) => Promise<boolean>
  /** The cookie's text. */
  cookieOf(record: ForeignRecord): string
}

export interface RepositoryContext {
  readonly format: ForeignSystem
  readonly rules: DataRules
  readonly calls: ForeignCalls
  readonly clock: { now(): number }
}

/** A name for the session that may be logged. The other system's key is a bearer secret and may not. */
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
