/** The advisory lock that lets only one process at a time create the tables. Any number that nothing else uses. */
const LOCK = 7_356_181_901

/** The version of the tables. The table `sojourn_schema` holds it. */
export const SCHEMA_VERSION = 1

/**
 * The SQL that creates the tables, for applications that run their own migrations. Without `createTables: false`,
 * `postgresStore` runs it by itself. It may be run again.
 *
 * There is no index on `expires_at`, because it would prevent HOT updates; the sweep walks by id instead. The fill
 * factor leaves room for HOT updates. Ids and principals compare by byte, whatever the collation of the database.
 */
export const postgresSchema: string = `SELECT pg_advisory_xact_lock(${LOCK});
${tables()}`

/** The same in one statement, because not every client can send several; without a `$`, which some ORMs read. */
export const DEFINE: string = `DO 'BEGIN
PERFORM pg_advisory_xact_lock(${LOCK});
${tables()}END'`

function tables(): string {
  return `CREATE TABLE IF NOT EXISTS sojourn_sessions (
  id text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  expires_at bigint NOT NULL,
  retain_until bigint NOT NULL,
  principal text COLLATE "C",
  body text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS sojourn_sessions_of_principal ON sojourn_sessions (principal, id) WHERE principal IS NOT NULL;
CREATE TABLE IF NOT EXISTS sojourn_epochs (
  principal text COLLATE "C" PRIMARY KEY,
  epoch text NOT NULL,
  keep_until bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS sojourn_schema (version integer PRIMARY KEY);
INSERT INTO sojourn_schema (version) VALUES (${SCHEMA_VERSION}) ON CONFLICT DO NOTHING;
`
}
