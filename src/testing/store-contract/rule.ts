import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Call, Notices, PrincipalIndex, Scanner, SessionStore, StoredRecord, Sweeper } from '../../core/contracts/store.ts'

/** One rule of the store contract. */
export interface Rule {
  readonly name: string
  readonly why: string
  check(store: SessionStore): Promise<void>
}

/**
 * The time of the suite. It is near the real time, and no rule needs a record that lives for less than half an hour
 * from here: an engine that expires by its own clock must not drop the record before a slow suite comes to the rule.
 */
export const NOW: number = Date.now()
export const MINUTE = 60_000
export const DAY: number = 24 * 60 * MINUTE

/** A call at this time. It has a deadline only so that a store that hangs does not hang the suite. */
export function at(now: number): Call {
  return {
    now,
    get signal() {
      return AbortSignal.timeout(60_000)
    },
  }
}

/** A new record, live for half an hour and kept for thirty days. */
export function newRecord(fields: Partial<StoredRecord> = {}): StoredRecord {
  const id = randomBytes(16).toString('base64url')
  return { id, version: 1, expiresAt: NOW + 30 * MINUTE, retainUntil: NOW + 30 * DAY, principal: null, body: `body of ${id}`, ...fields }
}

/** The next version of a record. */
export function nextOf(record: StoredRecord, fields: Partial<StoredRecord> = {}): StoredRecord {
  return { ...record, version: record.version + 1, ...fields }
}

/** Stores a new record. */
export async function stored(store: SessionStore, fields: Partial<StoredRecord> = {}): Promise<StoredRecord> {
  const record = newRecord(fields)
  assert.equal(await store.create(record, at(NOW)), 'created')
  return record
}

export function requirePrincipals(store: SessionStore): PrincipalIndex {
  assert(store.principals, 'the store has no `principals`: if that is meant, give the reason as `skip.principals`')
  return store.principals
}

export function requireSweeper(store: SessionStore): Sweeper {
  assert(store.sweeper, 'the store has no `sweeper`: if that is meant, give the reason as `skip.sweeper`')
  return store.sweeper
}

export function requireScanner(store: SessionStore): Scanner {
  assert(store.scanner, 'the store has no `scanner`: if that is meant, give the reason as `skip.scanner`')
  return store.scanner
}

export function requireNotices(store: SessionStore): Notices {
  assert(store.notices, 'the store has no `notices`: if that is meant, give the reason as `skip.notices`')
  return store.notices
}

/** Lists all pages of a principal. */
export async function listed(index: PrincipalIndex, principal: string, now: number = NOW): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await index.list(principal, cursor, at(now))
    records.push(...page.records)
    if (page.next === undefined) return records
    cursor = page.next
  }
  assert.fail('list never came to an end')
}

/** The ids that the index gives without their records, page by page; `undefined` if it gives none. */
export async function listedIds(index: PrincipalIndex, principal: string, now: number = NOW): Promise<string[] | undefined> {
  if (!index.ids) return undefined
  const ids: string[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < 10_000; pages++) {
    const page = await index.ids(principal, cursor, at(now))
    ids.push(...page.ids)
    if (page.next === undefined) return ids.toSorted()
    cursor = page.next
  }
  assert.fail('ids never came to an end')
}

export function idsOf(records: readonly StoredRecord[]): string[] {
  return records.map((record) => record.id).toSorted()
}
