import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { newFolder } from '../../scripts/engines/folder.ts'
import type { SqliteDatabase } from '../../src/stores/sqlite/index.ts'

/** A new path for a database in a folder that goes away after the tests of this file. */
export function databasePaths(): () => string {
  const folder = newFolder('sqlite')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  return () => join(folder, `${++count}.db`)
}

/** better-sqlite3 comes without types; that its class fits ours is what the tests show. */
export const BetterSqlite3 = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => SqliteDatabase & {
  defaultSafeIntegers(): SqliteDatabase
}
