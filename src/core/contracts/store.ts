/**
 * The store contract: where records live. The comments on this interface are the specification; the contract suite of
 * `sojourn/testing` checks a store against them.
 *
 * A store compares and sets. It never merges, never computes a deadline and never asks its own clock: every call
 * carries `now`. A thrown error means a system fault and nothing else; a missing, expired or unreadable record is a
 * normal result.
 *
 * After an error of `create` or `update` the record may be written or not, because a reply can be lost. If the engine
 * itself refused the write (it has no memory left, it is read-only), the outcome is known. Then the store throws an
 * error with `written: false`, see {@link NotWritten}.
 *
 * A store that has the result at once returns it, not a promise: then the request does not wait, and its response is
 * not held back. A store that has to wait returns a promise. The same store may do both. An error is thrown, or the
 * promise rejects.
 *
 * @module
 */
import type { Answer } from '../basics/answer.ts'

/** What every call receives. */
export interface Call {
  /** Epoch milliseconds. A record is live while `expiresAt > now`. */
  readonly now: number
  /**
   * Aborts at the deadline of the call. It is made when it is first read, so that a store that never waits pays
   * nothing.
   */
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
  /** Who is signed in; without U+0000. Changes from `null` to a principal once, and never again. */
  readonly principal: string | null
  /**
   * Opaque text made by core: hashes, generations, nonces, data; encrypted if the application asked for it. Any UTF-16
   * text without lone surrogates and without U+0000.
   */
  readonly body: string
}

/**
 * What `create` and `update` throw when the engine refused the write. Nothing of the record was written, and core does
 * not send the write again. Its message says why, without any value of the record. Never throw it when the connection
 * broke, at a deadline, or after a part of the record was written.
 */
export interface NotWritten extends Error {
  readonly written: false
}

/** Where records live. */
export interface SessionStore {
  /** The newest committed record; `undefined` if it is missing, expired or unreadable. Never from a stale replica. */
  load(id: string, call: Call): Answer<StoredRecord | undefined>

  /**
   * Inserts, and nothing else. Returns `'exists'` if the id is taken, even by an expired record; that record stays as
   * it is. A record with a principal is in the index before it can be loaded.
   */
  create(record: StoredRecord, call: Call): Answer<'created' | 'exists'>

  /**
   * Writes if and only if a record is stored, live at `now`, and its version is `record.version - 1`: one atomic step.
   * NEVER inserts. Returns `'gone'` if there is no live record. If the version is another one, returns the newest
   * committed record: not a snapshot from before the call, and not the record that was offered.
   */
  update(record: StoredRecord, call: Call): Answer<'updated' | 'gone' | StoredRecord>

  /**
   * Moves the deadline of a live record forward to `max(current, min(expiresAt, retainUntil))`; the version stays.
   * Returns `false` if there is no live record. Never revives a record.
   */
  touch(id: string, expiresAt: number, call: Call): Answer<boolean>

  /** Removes a record and its index entry. Returns `false` if there was none; that is never an error. */
  delete(id: string, call: Call): Answer<boolean>

  /** Releases what the store itself opened. Calls after it may fail. */
  close(): Promise<void>

  /**
   * For stores in this process: a reply cannot be lost, and an error means that nothing was written. Core then leaves
   * the nonces out.
   */
  readonly replies?: 'certain'
  /** What keeps the records, such as `redis`: a word for metrics and traces, the same for all stores of its kind. */
  readonly engine?: string
  /** Finding sessions by principal. */
  readonly principals?: PrincipalIndex
  /** Deletes expired records. Absent if the engine removes them itself. */
  readonly sweeper?: Sweeper
  /** Reads all records, for copies and administration. */
  readonly scanner?: Scanner
  /** What an operator should know of the engine. Absent if there is nothing to say. */
  health?(call: Call): Promise<StoreHealth>
  /** Tells other processes at once that a session may have ended. If absent, they have to look. */
  readonly notices?: Notices
  /**
   * Called once by each `createSessions`. The store reports events that belong to no request. Reporting never throws.
   */
  onEvent?(listener: (event: StoreEvent) => void): void
}

/**
 * The index by principal. It holds every live record at every instant: an entry without a record is allowed, a record
 * without an entry is not.
 */
export interface PrincipalIndex {
  /**
   * One page of live records, in any stable order. Pass `next` as `cursor` to go on; no `next` means the end. A record
   * that is live during the whole walk comes at least once; one that changes meanwhile may come twice.
   */
  list(principal: string, cursor: string | undefined, call: Call): Promise<{ records: StoredRecord[]; next?: string }>

  /**
   * The ids of the records that `list` would give, in pages of their own size: `revokeAll` deletes by them, however much
   * the sessions hold. Absent if the engine reads a record's body with its id anyway: then core takes them from `list`.
   */
  ids?(principal: string, cursor: string | undefined, call: Call): Promise<{ ids: string[]; next?: string }>

  /** Deletes those ids whose record is, at that moment, this principal's. Returns the ids it deleted. */
  deleteMany(principal: string, ids: readonly string[], call: Call): Promise<string[]>

  /** The value that was raised last; `undefined` if there is none, or if it is no longer kept. */
  epoch(principal: string, call: Call): Promise<string | undefined>

  /**
   * Replaces the epoch. The store keeps it at least until `keepUntil`, or until the `keepUntil` of an earlier raise if
   * that is later.
   */
  raise(principal: string, epoch: string, keepUntil: number, call: Call): Promise<void>
}

/** What an operator should know of an engine that answers. What it does not say, or may not be asked, is absent. */
export interface StoreHealth {
  /** The engine's own clock, epoch milliseconds. Absent where it is that of this machine. */
  readonly clock?: number
  /** The version of its tables, and the one that this version of the package makes. */
  readonly tables?: { readonly found: number; readonly known: number }
  /** The policy by which it drops records when its memory is full. */
  readonly evicts?: string
}

/** Deletes expired records, a few at a time. */
export interface Sweeper {
  /**
   * Looks at no more than `limit` records, deletes the expired ones and returns their ids. `done` after a full round.
   */
  sweep(limit: number, call: Call): Promise<{ expired: string[]; done: boolean }>
}

/** Reads all records, of every application that shares the store. */
export interface Scanner {
  /**
   * One page of about `limit` live records, in any order. Pass `next` as `cursor` to go on, in another process too; no
   * `next` means the end. A record that is live during the whole walk comes at least once; a record that comes or goes
   * meanwhile may be missing.
   */
  scan(cursor: string | undefined, limit: number, call: Call): Promise<{ records: StoredRecord[]; next?: string }>

  /** How many records are live. Absent if the engine would have to read them all. */
  count?(call: Call): Promise<number>
}

/**
 * Messages from process to process: look at this session. Best effort: a notice may be lost or come twice, and nothing
 * that must be correct may depend on it. Where a console is, its numbers travel the same way, in place of an id, in
 * texts of up to 7,500 bytes without U+0000.
 */
export interface Notices {
  /** Tells all subscribers, in this process too. */
  publish(id: string, call: Call): Promise<void>
  /**
   * Calls the listener with each id that is published from when the promise resolves until the returned function is
   * called. That function closes what the subscription opened, and so does `close` of the store. It reconnects by
   * itself. The listener does not throw.
   */
  subscribe(listener: (id: string) => void): Promise<() => Promise<void>>
}

/**
 * The calls of a store, by name; a call of a capability has the capability's name before it. Events and errors use
 * these names.
 */
export type StoreOperation =
  | 'load'
  | 'create'
  | 'update'
  | 'touch'
  | 'delete'
  | 'close'
  | 'principals.list'
  | 'principals.ids'
  | 'principals.deleteMany'
  | 'principals.epoch'
  | 'principals.raise'
  | 'sweeper.sweep'
  | 'scanner.scan'
  | 'scanner.count'
  | 'health'
  | 'notices.publish'
  | 'notices.subscribe'

/** An event that is not the result of a call. */
export type StoreEvent =
  /** A live record was dropped to keep the store within its bounds. */
  | { readonly type: 'evicted'; readonly id: string }
  /** The store found something unreadable where it expected a record. */
  | { readonly type: 'unreadable'; readonly id?: string }
