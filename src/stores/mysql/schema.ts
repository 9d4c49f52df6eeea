/** The version of the tables. The table `sojourn_schema` holds it. */
export const SCHEMA_VERSION = 1

/**
 * The statements that create the tables, for applications that run their own migrations. Without `createTables: false`,
 * `mysqlStore` runs them by itself. They may be run again.
 *
 * Ids and principals are bytes, because in the text types of MySQL 'alice', 'Alice' and 'alice ' may be equal. A
 * principal is found by its digest, because it may be longer than the 3,072 bytes of an InnoDB index key.
 */
export const mysqlSchema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS sojourn_sessions (
  id VARBINARY(255) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  retain_until BIGINT NOT NULL,
  principal LONGBLOB,
  principal_digest BINARY(32),
  body LONGBLOB NOT NULL,
  KEY sojourn_sessions_of_principal (principal_digest, id)
) ENGINE=InnoDB`,
  `CREATE TABLE IF NOT EXISTS sojourn_epochs (
  principal_digest BINARY(32) NOT NULL PRIMARY KEY,
  epoch VARBINARY(255) NOT NULL,
  keep_until BIGINT NOT NULL,
  KEY sojourn_epochs_keep_until (keep_until)
) ENGINE=InnoDB`,
  'CREATE TABLE IF NOT EXISTS sojourn_schema (version INT NOT NULL PRIMARY KEY) ENGINE=InnoDB',
  `INSERT INTO sojourn_schema (version) VALUES (${SCHEMA_VERSION}) ON DUPLICATE KEY UPDATE version = version`,
]
