/**
 * What is measured on each engine: a store, the bare steps of its engine beside it, and a quick way to fill it.
 *
 * @module
 */
import { findEngine } from '../../scripts/engines.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import type { SessionStore } from '../../src/index.ts'

/** The bare steps of an engine, without any rule of a session. */
export interface Own {
  read(id: string): unknown
  write(record: StoredRecord): unknown
  /** Adds a record, and reads the epoch once. */
  signIn(record: StoredRecord): unknown
  /** The bodies of one principal, as the store knows it. */
  list(principal: string): readonly unknown[] | Promise<readonly unknown[]>
  revokeAll(principal: string): unknown
  /** Deletes this many expired records, from the end where the store's own sweep arrives last. */
  sweep?(many: number): unknown
}

/** A connection to a server, with a store on it. */
export interface Ground {
  readonly store: SessionStore
  readonly own: Own
  /** Adds records in bulk, exactly as the store keeps them. */
  fill(records: Iterable<StoredRecord>): Promise<unknown>
  /** Where the engine itself removes what has expired: adds records that have, and lets it begin to. */
  expire?(records: Iterable<StoredRecord>): Promise<Expiry>
  /** How many bytes of the engine hold sessions and their indexes. */
  weigh(): number | Promise<number>
  close(): Promise<unknown>
}

/** Expired records that the engine itself removes. */
export interface Expiry {
  /** Whether nothing is left of it. */
  isOver(): Promise<boolean>
}

/** A server without sessions. */
export interface Server {
  /** A path or a URL. */
  readonly location: string
  /** Adds the first records, if that is faster before anybody has joined. */
  fill?(records: Iterable<StoredRecord>): Promise<unknown>
  stop(): Promise<unknown>
}

export interface Engine {
  start(): Promise<Server>
  join(location: string): Promise<Ground>
  /** Whether several processes can use one server. */
  readonly isShared: boolean
  /** How many bytes of sessions it can hold; left out where the disk is the limit. */
  room?(): number
}

export function program(name: 'postgres' | 'mariadb' | 'redis'): string {
  const found = findEngine(name)
  if (found === undefined) throw new Error(`There is no ${name}. Install it, or choose engines with --only.`)
  return found
}

/** Yields a long text in pieces that are large enough to be worth a write. */
export function* chunks(pieces: Iterable<string>): Generator<string> {
  let [chunk, length]: [string[], number] = [[], 0]
  for (const piece of pieces) {
    chunk.push(piece)
    length += piece.length
    if (length < 1 << 18) continue
    yield chunk.join('')
    chunk = []
    length = 0
  }
  yield chunk.join('')
}
