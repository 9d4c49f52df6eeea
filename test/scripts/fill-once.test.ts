import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fillOnce } from '../../scripts/fill-once.ts'

let place: string
let home: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sojourn-fill-'))
  home = join(place, 'home')
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

test('of several that ask at once, one fills the folder', async () => {
  let fills = 0
  const fill = async (folder: string): Promise<void> => {
    fills++
    mkdirSync(folder)
  }
  await Promise.all([fillOnce(home, fill), fillOnce(home, fill), fillOnce(home, fill)])
  expect([fills, existsSync(home)]).toEqual([1, true])
})

test('after a failure the next one that asks fills it', async () => {
  await expect(fillOnce(home, () => Promise.reject(new Error('no room')))).rejects.toThrow('no room')
  await fillOnce(home, async (folder) => {
    mkdirSync(folder)
  })
  expect(existsSync(home)).toBe(true)
})

test.skipIf(process.getuid?.() !== 0)('what somebody else has put there is not used', async () => {
  mkdirSync(home)
  chownSync(home, 12_345, 12_345)
  await expect(fillOnce(home, async () => {})).rejects.toThrow('belongs to somebody else')
})
