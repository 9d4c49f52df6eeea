/** Random bytes that were drawn in advance are used once, by one process. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripTypeScriptTypes } from 'node:module'
import { expect, test, vi } from 'vitest'
import { root } from '../../scripts/run.ts'
import { randomText } from '../../src/core/crypto/random.ts'

const SEEN = 200

/** As a script of one file, which is all that a snapshot can be built from. */
function asScript(): string {
  const source = stripTypeScriptTypes(readFileSync(`${root}src/core/crypto/random.ts`, 'utf8'))
  return source.replace(/import (\{.*\}) from ('.*')/, 'const $1 = require($2)').replaceAll('export function', 'function')
}

test('no two processes that start from one snapshot draw the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-'))
  try {
    const [script, blob] = [join(folder, 'script.js'), join(folder, 'snapshot.blob')]
    const main = 'require("node:v8").startupSnapshot.setDeserializeMainFunction(() => console.log(randomText(16)))'
    writeFileSync(script, `${asScript()}\nrandomText(16)\n${main}\n`)
    execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', script])
    const draws = [1, 2].map(() => execFileSync(process.execPath, ['--snapshot-blob', blob], { encoding: 'utf8' }).trim())
    expect(draws[0]).toMatch(/^[\w-]{22}$/)
    expect(new Set(draws).size).toBe(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.each([
  ['later, as after a checkpoint', 1_001],
  ['earlier', -1],
])('what was drawn in advance is forgotten when the clock says %s', (_what, step) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const fill = vi.spyOn(Buffer.prototype, 'fill')
    const wiped = (): number => fill.mock.contexts.filter((buffer) => (buffer as Buffer).length === 8_192).length
    randomText(16)
    const pooled = (fill.mock.contexts.at(-1) as Buffer).toString('hex').slice(64)
    expect(wiped()).toBeGreaterThan(0)
    vi.setSystemTime(Date.now() + step)
    randomText(16)
    expect((fill.mock.contexts.at(-1) as Buffer).toString('hex').slice(64) === pooled).toBe(false)
  } finally {
    vi.restoreAllMocks()
    vi.useRealTimers()
  }
})

test('no text is drawn twice', () => {
  const drawn = Array.from({ length: SEEN }, () => randomText(64))
  expect(new Set(drawn).size).toBe(SEEN)
})
