/**
 * The store contract: where records live. The comments on this interface are the specification; the contract suite of
 * `sojourn/testing` holds a store to them.
 *
 * A store compares and sets. It never merges, never computes a deadline and never asks its own clock: every call
 * carries `now`. A thrown error means a system fault and only that; a missing, expired or unreadable record is an answer.
 *
 * A store that knows the answer at once returns it, and no promise: then nothing of a request waits, and its response is not held back.
 * A store that has to wait returns a promise; the same store may do both. An error is thrown, or the promise rejects.
 *
 * @module
 */
import type { Answer } from '../basics/answer.ts'

/** What every call carries. */
export interface Call {
  /** Epoch milliseconds. A record is live while `expiresAt > now`. */
  readonly now: number
  /** Aborts at the deadline of the call. Made when first read, so that a store that never waits pays nothing. */
  readonly signal: AbortSignal
}

/** What a store keeps for one session. All times are epoch milliseconds. */
export interface StoredRecord {
  /** 22 base64url characters, the public name of the session. Treat it as untrusted text in paths and queries. */
  readonly id: string
  /** 1 when created, then exactly one more per update. */
  readonly version: number
  /** The idle or the absolute deadline, whichever comes first. */
  readonly expiresAt: number
  /** The absolute deadline. Entries of the index by principal live until here, whatever `expiresAt` says. */
  readonly retainUntil: number
  /** Who is signed in; without U+0000. Goes from `null` to a principal once and never changes again. */
  readonly principal: string | null
  /** Opaque text made by core: hashes, generations, nonces, data; encrypted if asked. Any UTF-16 text without lone surrogates and without U+0000. */
  readonly body: string
}

/** Where records live. */
export interface SessionStore {
  /** The newest committed record; `undefined` if it is missing, expired or unreadable. Never from a stale replica. */
  load(id: string, call: Call): Answer<StoredRecord | undefined>

  /**
   * Inserts, and nothing else. `'exists'` if the id is taken, by an expired record too, which stays as it is.
   * A record with a principal is in the index before it can be loaded.
   */
  create(record: StoredRecord, call: Call): Answer<'created' | 'exists'>

  /**
   * Writes if and only if a record is stored, live at `now`, and its version is `record.version - 1`: one atomic step.
   * NEVER inserts. `'gone'` if there is no live record. On another version the newest committed record: not a snapshot of
   * before the call, nor the record that was offered.
   */
  update(record: StoredRecord, call: Call): Answer<'updated' | 'gone' | StoredRecord>

  /**
   * Moves the deadline of a live record forward to `max(current, min(expiresAt, retainUntil))`; the version stays.
   * `false` if there is no live record. Never revives.
   */
  touch(id: string, expiresAt: number, call: Call): Answer<boolean>

  /** Removes a record and its index entry. `false` if there was none; never an error for that. */
  delete(id: string, call: Call): Answer<boolean>

  /** Releases what the store itself opened. Calls after it may fail. */
  close(): Promise<void>

  /** In-process stores: a reply cannot be lost and an error means that nothing was written. Core leaves the nonces out. */
  readonly replies?: 'certain'
  /** Finding sessions by principal. */
  readonly principals?: PrincipalIndex
  /** Deleting expired records; absent where the engine expires by itself. */
  readonly sweeper?: Sweeper
  /** Walking over everything, for copies and administration. */
  readonly scanner?: Scanner
  /** Telling other processes at once that a session may have ended. Absent where they have to look. */
  readonly notices?: Notices
  /** Called once by each `createSessions`; the store reports what is nobody's request. Reporting never throws. */
  onEvent?(listener: (event: StoreEvent) => void): void
}

/** The index by principal. It holds every live record at every instant: entries may dangle, never miss. */
export interface PrincipalIndex {
  /** One page of live records, in any stable order. Pass `next` as `cursor` to go on; no `next` means the end. */
  list(principal: string, cursor: string | undefined, call: Call): Promise<{ records: StoredRecord[]; next?: string }>

  /** Deletes those of the ids whose record is, at that moment, this principal's. Answers which were. */
  deleteMany(principal: string, ids: readonly string[], call: Call): Promise<string[]>

  /** The last value raised, or `undefined` if none or no longer kept. */
  epoch(principal: string, call: Call): Promise<string | undefined>

  /** Replaces the epoch; it is kept at least until `keepUntil`, or until an earlier raise's if that is later. */
  raise(principal: string, epoch: string, keepUntil: number, call: Call): Promise<void>
}

/** Deleting what has expired, a little at a time. */
export interface Sweeper {
  /** Looks at some records, at most `limit`, deletes the expired ones and answers their ids. `done` after a full round. */
  sweep(limit: number, call: Call): Promise<{ expired: string[]; done: boolean }>
}

/** Walking over all records, of every application that shares the store. */
export interface Scanner {
  /**
   * One page of live records, about `limit`, in any order. Pass `next` as `cursor` to go on, in another process too; no `next` means the end.
   * What is live during the whole walk is in it at least once; what comes or goes meanwhile may be.
   */
  scan(cursor: string | undefined, limit: number, call: Call): Promise<{ records: StoredRecord[]; next?: string }>

  /** How many records are live. Absent where the engine would have to read them all. */
  count?(call: Call): Promise<number>
}

/** From process to process: look at this session. Best effort, a notice may be lost or come twice; nothing correct may lean on it. */
export interface Notices {
  /** Tells all subscribers, those of this process too. */
  publish(id: string, call: Call): Promise<void>
  /**
   * Calls the listener with each id that is published from when the promise resolves until the function it gives is called. What it opens of its own
   * is closed by that function, and by `close` of the store. Reconnects by itself. The listener does not throw.
   */
  subscribe(listener: (id: string) => void): Promise<() => Promise<void>>
}

/** The calls of a store, by name: a capability's with the capability before it. Events and errors name them so. */
export type StoreOperation =
  | 'load'
  | 'create'
  | 'update'
  | 'touch'
  | 'delete'
  | 'close'
  | 'principals.list'
  | 'principals.deleteMany'
  | 'principals.epoch'
  | 'principals.raise'
  | 'sweeper.sweep'
  | 'scanner.scan'
  | 'scanner.count'
  | 'notices.publish'
  | 'notices.subscribe'

/** Something a store noticed outside any request's answer. */
export type StoreEvent =
  /** A live record was dropped to keep the store within its bounds. */
  | { readonly type: 'evicted'; readonly id: string }
  /** Something unreadable lay where a record was expected. */
  | { readonly type: 'unreadable'; readonly id?: string }
