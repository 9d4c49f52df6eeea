/** Keeps processes that start at the same time from creating the tables at the same time. Any number that others do not use. */
const LOCK = 7_356_181_901

/** Of the tables; `sojourn_schema` holds it. */
export const SCHEMA_VERSION = 1

/**
 * The tables as SQL, for those who run their own migrations; `postgresStore` runs it by itself unless told not to. It may be run
 * again.
 *
 * No index on `expires_at`: it would end HOT updates, and the sweep walks by id instead. The fill factor leaves room for them.
 * Ids and principals compare by byte, whatever the collation of the database.
 */
export const postgresSchema: string = `SELECT pg_advisory_xact_lock(${LOCK});
CREATE TABLE IF NOT EXISTS sojourn_sessions (
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
