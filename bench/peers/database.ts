import { createRequire } from 'node:module'

/** A SQLite database for peers, with the guarantees that our own store gives. */
export function openDatabase(path: string): object {
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => { pragma(text: string): void }
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  return database
}
