import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { newFolder } from '../../../scripts/engines/folder.ts'

/** New paths for databases, in a folder that goes away after the tests of this file. */
export function databasePaths(): () => string {
  const folder = newFolder('promises')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  return () => join(folder, `${++count}.db`)
}
