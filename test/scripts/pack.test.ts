/** Packing leaves a dist/ alone that is there; publishing always builds it anew. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'

let folder: string
let built: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-pack-'))
  built = join(folder, 'dist/index.js')
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('npm pack builds what is missing, and nothing else', () => {
  expect(existsSync(built)).toBe(false)
  expect(filesOf(pack())).toContain('package/dist/index.js')

  writeFileSync(built, 'the text of another build')
  pack()
  expect(readFileSync(built, 'utf8')).toBe('the text of another build')
})

test('npm publish builds anew before it packs', () => {
  writeFileSync(built, 'the text of another build')
  npm('run', 'prepublishOnly')
  expect(readFileSync(built, 'utf8')).toContain('createSessions')
})

function pack(): string {
  // A script's output comes before the name of the file.
  return npm('pack').trim().split('\n').at(-1)!
}

function filesOf(tarball: string): string[] {
  return execFileSync('tar', ['tzf', tarball], { cwd: folder, encoding: 'utf8' }).split('\n')
}

function npm(...args: readonly string[]): string {
  return execFileSync('npm', ['--silent', ...args], { cwd: folder, encoding: 'utf8' })
}
