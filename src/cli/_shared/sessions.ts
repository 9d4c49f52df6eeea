import { lastSeenAt } from '../../core/record/policy.ts'
import type { StoredRecord } from '../../core/contracts/store.ts'
import type { SessionRecord } from '../../core/record/record.ts'
import type { Target } from './target.ts'

/** One session, as a list shows it. Times are epoch milliseconds. */
export interface ListedSession {
  readonly id: string
  readonly principal: string | null
  readonly createdAt: number
  /** When it was last used. It is exact to a tenth of the idle timeout, because a touch comes no more often. */
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly address: string | null
  readonly userAgent: string | null
}

export function listed({ idleTimeout }: Target, record: SessionRecord): ListedSession {
  const { id, principal, expiresAt, meta } = record
  return {
    id,
    principal,
    createdAt: meta.createdAt,
    lastSeenAt: Math.min(Date.now(), lastSeenAt({ idleTimeout, absoluteTimeout: Infinity, rotation: undefined }, record)),
    expiresAt,
    address: meta.address ?? null,
    userAgent: meta.userAgent ?? null,
  }
}

/** Reads the stored sessions page by page: those of a principal, or everybody's. */
export async function* pagesOf(target: Target, principal: string | undefined): AsyncGenerator<Page> {
  const { calls, name } = target
  let cursor: string | undefined
  do {
    const at = cursor
    const page =
      principal === undefined
        ? await calls.scan(at, 100)
        : await calls.principals('principals.list', (index, call) => index.list(`${name}:${principal}`, at, call))
    const records = page.records.map((stored) => target.read(stored))
    yield {
      records: records.filter((record) => record !== undefined),
      unread: page.records.filter((_, i) => records[i] === undefined),
    }
    cursor = page.next
  } while (cursor !== undefined)
}

interface Page {
  readonly records: readonly SessionRecord[]
  /**
   * How many records were left out: those of other applications, those that cannot be decrypted, and those that are not
   * sessions.
   */
  readonly unread: readonly StoredRecord[]
}

/** Whose session a stored record is, also of one that cannot be decrypted; `undefined` if another application's. */
export function ownerOf({ name }: Target, { principal }: StoredRecord): string | undefined {
  return principal?.startsWith(`${name}:`) ? principal.slice(name.length + 1) : undefined
}
