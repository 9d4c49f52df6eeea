/**
 * What is in the table. Each item has a partition key and a sort key:
 *
 * - A record: `s#id`, `-`.
 * - An entry of the index by principal: `p#digest of the principal`, `id`. The entries of one principal are one
 *   partition of the table itself, because that can be read consistently and a global index cannot.
 * - An epoch: `e#digest of the principal`, `-`.
 *
 * `removeAt`, in seconds, is for the engine's own expiry. Names of attributes are none of its reserved words.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { StoredRecord } from '../../core/contracts/store.ts'
import type { DynamoItem } from './client.ts'

/** The prefix of the partition keys of records. */
export const RECORD = 's#'

/** DynamoDB removes an item this long after its deadline or later: core's clock decides. Milliseconds. */
const SLACK = 3_600_000

/** Bytes of a sort key. */
const MAX_ID = 1_024

export const text = (value: string): { S: string } => ({ S: value })
export const number = (value: number): { N: string } => ({ N: String(value) })

/** When the engine may remove what ends at an instant: in seconds. */
export function removeAt(deadline: number): { N: string } {
  return number(Math.ceil((deadline + SLACK) / 1_000))
}

export function recordKey(id: string): DynamoItem {
  return { pk: text(RECORD + id), sk: text('-') }
}

export function entryKey(principal: string, id: string): DynamoItem {
  return { pk: text(entriesOf(principal)), sk: text(id) }
}

/** The partition key of a principal's entries. A principal may be longer than a key. */
export function entriesOf(principal: string): string {
  return `p#${digest(principal)}`
}

export function epochKey(principal: string): DynamoItem {
  return { pk: text(`e#${digest(principal)}`), sk: text('-') }
}

/** Whether an id can be a key. One that cannot is simply unknown. */
export function isKey(id: string): boolean {
  return id.length > 0 && Buffer.byteLength(id) <= MAX_ID
}

export function toItem(record: StoredRecord): DynamoItem {
  const { id, version, expiresAt, retainUntil, principal, body } = record
  return {
    ...recordKey(id),
    recordVersion: number(version),
    expiresAt: number(expiresAt),
    retainUntil: number(retainUntil),
    ...(principal !== null && { principalName: text(principal) }),
    recordBody: text(body),
    removeAt: removeAt(expiresAt),
  }
}

export function fromItem(item: DynamoItem): StoredRecord {
  return {
    id: item['pk']!.S!.slice(RECORD.length),
    version: Number(item['recordVersion']?.N),
    expiresAt: Number(item['expiresAt']?.N),
    retainUntil: Number(item['retainUntil']?.N),
    principal: item['principalName']?.S ?? null,
    body: item['recordBody']?.S ?? '',
  }
}

function digest(principal: string): string {
  return createHash('sha256').update(principal).digest('base64url')
}
