import { optionError } from '../../core/basics/errors.ts'
import { untilFreeSync } from '../_shared/busy.ts'
import type { SqliteDatabase } from './database.ts'

/** The `PRAGMA user_version` of a database with this schema. */
const SCHEMA_VERSION = 1

/** How long opening may wait for other processes, in milliseconds. */
const OPENING_TIMEOUT = 5_000

/**
 * There is no index on `expires_at`, because each write would cost 1.4 times as much; the sweep walks by `position`
 * instead. The body is the last column, so that the walk need not read it.
 */
const SCHEMA = `
  CREATE TABLE sojourn_sessions (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    retain_until INTEGER NOT NULL,
    principal TEXT,
    body TEXT NOT NULL
  );
  CREATE INDEX sojourn_sessions_of_principal ON sojourn_sessions (principal, id) WHERE principal IS NOT NULL;
  CREATE TABLE sojourn_epochs (
    principal TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    keep_until INTEGER NOT NULL
  ) WITHOUT ROWID;
`

/**
 * Sets the connection up and creates what is missing. Several processes may do this at the same time; each waits for
 * the others, five seconds at most.
 *
 * @throws ERR_SESSION_OPTIONS when a later version of this package made the database, or something else uses it.
 */
export function setUp(database: SqliteDatabase, synchronous: 'full' | 'normal'): void {
  const deadline = Date.now() + OPENING_TIMEOUT
  database.exec('PRAGMA busy_timeout = 0')
  untilFreeSync(deadline, () => {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`PRAGMA synchronous = ${synchronous}`)
    if (isMade(database)) return
    database.exec('BEGIN IMMEDIATE')
    try {
      if (!isMade(database)) database.exec(`${SCHEMA}PRAGMA user_version = ${SCHEMA_VERSION}`)
      database.exec('COMMIT')
    } catch (error) {
      rollBack(database)
      throw error
    }
  })
}

function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // After some errors SQLite has rolled back already. The first error is the one to report.
  }
}

function isMade(database: SqliteDatabase): boolean {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === 0) return false
  if (version > SCHEMA_VERSION) {
    throw optionError(
      `sqliteStore: the database has user_version ${version}, and this version of sojourn knows up to ${SCHEMA_VERSION}. ` +
        'Update sojourn; or, if something else uses this database, give the sessions a file of their own.',
    )
  }
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sojourn_sessions'").get()) return true
  throw optionError(
    `sqliteStore: the database has user_version ${version} but no sessions: something else uses it. Give the sessions a file of their own.`,
  )
}
