import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { importsOf } from './imports.ts'
import { loadedBy, packageOf } from './loaded.ts'
import { namesOf } from './names.ts'

interface Entry {
  readonly types: string
  readonly default: string
}

const {
  exports,
  dependencies,
  peerDependencies: peers,
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, Entry | string>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}
const entries = Object.entries(exports).filter((entry): entry is [string, Entry] => typeof entry[1] !== 'string')

/** What whoever imports a subpath has asked for, by its nature. */
const ASKED_FOR: Readonly<Record<string, readonly string[]>> = {
  './nest': ['@nestjs/common', '@nestjs/core'],
  './next': ['next/headers', 'next/navigation', 'next/server'],
  './telemetry': ['@opentelemetry/api'],
}

describe('the built package', () => {
  beforeAll(() => {
    if (!existsSync(`${root}dist`)) throw new Error('dist/ is missing: npm run build')
  })

  test('has the file of each export', () => {
    const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : [entry.types, entry.default]))
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  // On purpose? `npx vitest run test/architecture/exports.test.ts -u`, then read the difference in exports.json as a
  // user would.
  test('exports what exports.json lists', async () => {
    const found: Record<string, { values: string[]; types: string[] }> = {}
    for (const [subpath, entry] of entries) {
      const file = join(root, entry.default)
      // What it imports is found by the bundler of an application alone.
      const values = (subpath === './next' ? namesOf(file) : Object.keys((await import(file)) as object)).toSorted()
      const types = namesOf(join(root, entry.types)).filter((name) => !values.includes(name))
      found[subpath] = { values, types }
    }
    const message = 'The public exports changed. If that is meant: npx vitest run test/architecture/exports.test.ts -u'
    await expect(`${JSON.stringify(found, null, 2)}\n`, message).toMatchFileSnapshot('./exports.json')
  })

  // Else a type is silently `any` for whoever installs the package, whatever it is here.
  test('names no types that are not installed with it', () => {
    const installed = new Set(Object.keys({ ...dependencies, ...peers }))
    const files = globSync('**/*.d.ts', { cwd: `${root}dist` })
    const named = files.flatMap((file) =>
      importsOf(file, readFileSync(`${root}dist/${file}`, 'utf8')).map(({ specifier = '' }) => specifier),
    )
    const packages = new Set(named.filter((name) => !/^(?:\.|node:)/.test(name)).map(packageOf))
    expect(packages.size).toBeGreaterThan(3)
    expect([...packages].filter((name) => !installed.has(name) && !installed.has(`@types/${name}`))).toEqual([])
  })

  test.each(entries)('%s loads nothing of a third party', (subpath, entry) => {
    const { files, foreign } = loadedBy(join(root, entry.default), Object.keys(peers))
    expect(files.size).toBeGreaterThan(0)
    const meant = ASKED_FOR[subpath] ?? []
    expect(foreign.filter((line) => !meant.some((name) => line.endsWith(`: ${name}`)))).toEqual([])
  })
})
