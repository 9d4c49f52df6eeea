/** The version of the tables. The table `sojourn_schema` holds it. */
export const SCHEMA_VERSION = 1

/**
 * The statements that create the tables in a SQLite database that the application shares with its sessions, for
 * applications that run their own migrations. Without `createTables: false` the store runs them by itself. They may be
 * run again.
 *
 * There is no index on `expires_at`, because each write would cost more; the sweep walks by id instead.
 */
export const sqliteSchema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS sojourn_sessions (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  retain_until INTEGER NOT NULL,
  principal TEXT,
  body TEXT NOT NULL
)`,
  'CREATE INDEX IF NOT EXISTS sojourn_sessions_of_principal ON sojourn_sessions (principal, id) WHERE principal IS NOT NULL',
  `CREATE TABLE IF NOT EXISTS sojourn_epochs (
  principal TEXT PRIMARY KEY,
  epoch TEXT NOT NULL,
  keep_until INTEGER NOT NULL
) WITHOUT ROWID`,
  'CREATE TABLE IF NOT EXISTS sojourn_schema (version INTEGER PRIMARY KEY)',
  `INSERT INTO sojourn_schema (version) VALUES (${SCHEMA_VERSION}) ON CONFLICT DO NOTHING RETURNING version`,
]
