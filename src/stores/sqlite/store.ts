import type { Answer } from '../../core/basics/answer.ts'
import type { Call, PrincipalIndex, Scanner, SessionStore, StoredRecord, Sweeper } from '../../core/contracts/store.ts'
import { COLUMNS, recordFromRow } from '../_shared/rows.ts'
import { whenFree } from '../_shared/busy.ts'
import type { SqliteDatabase, SqliteStatement } from './database.ts'
import { principalIndex } from './principals.ts'
import { changedOne } from './records.ts'
import { scannerOf } from './scanner.ts'
import { sweeper } from './sweeper.ts'
import { Writer } from './writer.ts'

/** The store contract in SQL, on a connection that is set up. */
export class SqliteSessionStore implements SessionStore {
  readonly replies = 'certain'
  readonly engine = 'sqlite'
  readonly principals: PrincipalIndex
  readonly sweeper: Sweeper
  readonly scanner: Required<Scanner>
  readonly #writer: Writer
  readonly #select: SqliteStatement
  readonly #insert: SqliteStatement
  readonly #update: SqliteStatement
  readonly #signIn: SqliteStatement
  readonly #touch: SqliteStatement
  readonly #delete: SqliteStatement
  readonly #release: () => void
  #closed: Promise<void> | undefined

  constructor(database: SqliteDatabase, release: () => void) {
    this.#release = release
    this.#writer = new Writer(database)
    this.principals = principalIndex(database, this.#writer)
    this.sweeper = sweeper(database, this.#writer)
    this.scanner = scannerOf(database)
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM sojourn_sessions WHERE id = ? AND expires_at > ?`)
    this.#insert = database.prepare(`INSERT INTO sojourn_sessions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`)
    this.#update = database.prepare(
      `UPDATE sojourn_sessions SET version = ?, expires_at = ?, retain_until = ?, body = ?
       WHERE id = ? AND version = ? AND expires_at > ? AND principal IS ?`,
    )
    this.#signIn = database.prepare(
      `UPDATE sojourn_sessions SET version = ?, expires_at = ?, retain_until = ?, body = ?, principal = ?
       WHERE id = ? AND version = ? AND expires_at > ?`,
    )
    this.#touch = database.prepare(
      'UPDATE sojourn_sessions SET expires_at = max(expires_at, min(?, retain_until)) WHERE id = ? AND expires_at > ?',
    )
    this.#delete = database.prepare('DELETE FROM sojourn_sessions WHERE id = ?')
  }

  load(id: string, call: Call): Answer<StoredRecord | undefined> {
    return whenFree(call, () => this.#live(id, call.now))
  }

  create(record: StoredRecord, call: Call): Promise<'created' | 'exists'> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    return this.#writer.write(call, () =>
      changedOne(this.#insert, id, version, expiresAt, retainUntil, principal, body) ? 'created' : 'exists',
    )
  }

  update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil, principal, body } = record
    return this.#writer.write(call, () => {
      // First without setting the principal: that would rewrite its index entry even if it is unchanged, which makes an
      // update 50 % slower.
      if (changedOne(this.#update, version, expiresAt, retainUntil, body, id, version - 1, call.now, principal)) return 'updated'
      if (changedOne(this.#signIn, version, expiresAt, retainUntil, body, principal, id, version - 1, call.now)) return 'updated'
      // This reads in the same transaction, which holds the write lock, so nothing newer can come between.
      return this.#live(id, call.now) ?? 'gone'
    })
  }

  touch(id: string, expiresAt: number, call: Call): Promise<boolean> {
    return this.#writer.write(call, () => changedOne(this.#touch, expiresAt, id, call.now))
  }

  delete(id: string, call: Call): Promise<boolean> {
    return this.#writer.write(call, () => changedOne(this.#delete, id))
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#writer.idle().then(this.#release))
  }

  #live(id: string, now: number): StoredRecord | undefined {
    const row = this.#select.get(id, now)
    return row ? recordFromRow(row) : undefined
  }
}
