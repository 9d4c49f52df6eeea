import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { importsOf } from './imports.ts'
import { namesOf } from './names.ts'

interface Entry {
  readonly types: string
  readonly default: string
}

const { exports, peerDependencies: peers } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, Entry | string>
  peerDependencies: Record<string, string>
}
const entries = Object.entries(exports).filter((entry): entry is [string, Entry] => typeof entry[1] !== 'string')

describe('the built package', () => {
  beforeAll(() => {
    if (!existsSync(`${root}dist`)) throw new Error('dist/ is missing: npm run build')
  })

  test('has the file of each export', () => {
    const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  // On purpose? `npx vitest run test/architecture/exports.test.ts -u`, then read the difference in exports.json as a user would.
  test('exports what exports.json lists', async () => {
    const found: Record<string, { values: string[]; types: string[] }> = {}
    for (const [subpath, entry] of entries) {
      const module = (await import(join(root, entry.default))) as object
      const values = Object.keys(module).toSorted()
      const types = namesOf(join(root, entry.types)).filter((name) => !values.includes(name))
      found[subpath] = { values, types }
    }
    const message = 'The public exports changed. If that is meant: npx vitest run test/architecture/exports.test.ts -u'
    await expect(`${JSON.stringify(found, null, 2)}\n`, message).toMatchFileSnapshot('./exports.json')
  })

  test.each(entries)('%s loads nothing of a third party', (_subpath, entry) => {
    const { files, foreign } = loadedBy(join(root, entry.default))
    expect(files.size).toBeGreaterThan(0)
    expect(foreign).toEqual([])
  })
})

/** Walks the imports from a built file, lazy ones too; but a client that a store loads when it is asked to is an optional peer. */
function loadedBy(start: string): { files: Set<string>; foreign: string[] } {
  const files = new Set([start])
  const foreign: string[] = []
  for (const file of files) {
    for (const { specifier = 'a computed name', lazy } of importsOf(file, readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier))
      else if (lazy && Object.hasOwn(peers, /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0])) continue
      else if (!specifier.startsWith('node:')) foreign.push(`${file.slice(root.length)}: ${specifier}`)
    }
  }
  return { files, foreign }
}
