/** Files of sessions are their owner's alone, whatever the umask says. */
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { code, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-modes-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

async function use(store: SessionStore): Promise<void> {
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
  await client(sessions).run((session) => session.login('alice'))
}

describe.skipIf(process.platform === 'win32')('a database of SQLite', () => {
  test('and the files beside it are readable by their owner alone', async () => {
    const path = join(folder, 's.db')
    const store = sqliteStore(path)
    await use(store)
    const files = [path, `${path}-wal`, `${path}-shm`].filter((file) => existsSync(file))
    expect(files.length).toBeGreaterThan(1)
    expect(files.map(modeOf)).toEqual(files.map(() => '600'))
    await store.close()
  })

  test('that is there keeps the mode that somebody gave it', async () => {
    const path = join(folder, 's.db')
    writeFileSync(path, '', { mode: 0o640 })
    chmodSync(path, 0o640)
    const store = sqliteStore(path)
    await use(store)
    expect(modeOf(path)).toBe('640')
    await store.close()
  })

  test.each([
    [0o777, true],
    [0o1777, false],
    [0o770, false],
  ])('in a folder of mode %o is refused: %s', async (mode, isRefused) => {
    chmodSync(folder, mode)
    const open = async (): Promise<void> => {
      const store = sqliteStore(join(folder, 's.db'))
      await use(store)
      await store.close()
    }
    if (isRefused) await expect(open()).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
    else await open()
    expect(existsSync(join(folder, 's.db'))).toBe(!isRefused)
  })
})

describe.skipIf(process.platform === 'win32')('a folder of files', () => {
  test('that everybody may write is refused, and that of its owner is not', async () => {
    chmodSync(folder, 0o777)
    expect(() => fileStore(folder)).toThrow(code('ERR_SESSION_OPTIONS'))
    chmodSync(folder, 0o755)
    await use(fileStore(folder, { synchronous: 'normal' }))
    const made = join(folder, 'new')
    await use(fileStore(made, { synchronous: 'normal' }))
    expect(modeOf(made)).toBe('700')
  })
})
