import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** New paths for databases, in a folder that goes away after the tests of this file. */
export function databasePaths(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-promises-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  return () => join(folder, `${++count}.db`)
}
