import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { readFiles } from './files.ts'
import { complaints, layerTable, readLayerTable } from './layers.ts'

const tree = (files: Record<string, string>): Map<string, string> => new Map(Object.entries(files))

describe('layers', () => {
  test('src/ keeps to the table', () => {
    const sources = new Map([...readFiles('src/**/*.ts')].map(([path, source]) => [path.slice('src/'.length), source]))
    expect(sources.size).toBeGreaterThan(5)
    expect(complaints(sources)).toEqual([])
  })

  test('ARCHITECTURE.md shows the table', () => {
    const page = readFileSync(`${root}ARCHITECTURE.md`, 'utf8')
    const shown = /<!-- layers -->\n+([^]*?)\n+<!-- \/layers -->/.exec(page)?.[1]
    expect(readLayerTable(shown ?? ''), 'between <!-- layers --> and <!-- /layers -->').toEqual(layerTable)
  })
})

describe('the layer test itself', () => {
  const others = {
    'core/a.ts': '',
    'core/basics/errors.ts': '',
    'core/storage/commit.ts': '',
    'stores/memory.ts': '',
    'stores/_shared/rows.ts': '',
    'transports/cookie.ts': '',
    'frameworks/node/index.ts': '',
    'frameworks/fetch.ts': '',
  }

  test.each<[what: string, path: string, source: string, complaint: string]>([
    ['an upward import', 'core/x.ts', `import { m } from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['an upward import of a type', 'core/x.ts', `import type { M } from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['export from', 'core/x.ts', `export * from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['export type from', 'core/x.ts', `export type { M } from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['a dynamic import', 'core/x.ts', `const m = await import('../stores/memory.ts')`, 'may not import stores/memory.ts'],
    ['a type by import()', 'core/x.ts', `let m: import('../stores/memory.ts').M`, 'may not import stores/memory.ts'],
    ['a bare import', 'core/x.ts', `import '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['an import over several lines', 'core/x.ts', `import {\n  m,\n} from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['a framework on a store', 'frameworks/koa.ts', `import { m } from '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['a transport on a store', 'transports/x.ts', `import '../stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['testing on a framework', 'testing/x.ts', `import '../frameworks/fetch.ts'`, 'may not import frameworks/fetch.ts'],
    ['the root on a framework', 'index.ts', `export * from './frameworks/fetch.ts'`, 'may not import frameworks/fetch.ts'],
    ['contracts on a store', 'contracts.ts', `export type { M } from './stores/memory.ts'`, 'may not import stores/memory.ts'],
    ['a value in contracts', 'contracts.ts', `export { f } from './core/a.ts'`, 'may import only types of core/a.ts'],
    ['the root on what only stores share', 'index.ts', `import './stores/_shared/rows.ts'`, 'may not import stores/_shared/rows.ts'],
    ['a sibling store', 'stores/sqlite/index.ts', `import '../memory.ts'`, 'imports its sibling stores/memory.ts'],
    ['a sibling framework', 'frameworks/express.ts', `import './fetch.ts'`, 'imports its sibling frameworks/fetch.ts'],
    ['a framework from below', 'frameworks/fetch.ts', `import './node/index.ts'`, 'imports its sibling frameworks/node/index.ts'],
    ['a folder missing in the table', 'misc/x.ts', '', `no layer 'misc' in the table`],
    ['a stray file in src/', 'helpers.ts', '', `no layer 'helpers.ts' in the table`],
    ['a package', 'core/x.ts', `import { z } from 'zod'`, 'may not import zod'],
    ['a package in testing', 'testing/x.ts', `import { test } from 'vitest'`, 'may not import vitest'],
    ['ourselves by name', 'stores/x.ts', `import { createSessions } from 'sojourn'`, 'may not import sojourn'],
    [
      'a value of a package whose types are allowed',
      'frameworks/express.ts',
      `import e from 'express'`,
      'may import only types of express',
    ],
    ["another framework's types", 'frameworks/koa.ts', `import type { Request } from 'express'`, 'may not import express'],
    ['input and output in core', 'core/x.ts', `import { readFileSync } from 'node:fs'`, 'may not import node:fs'],
    ['a built-in without prefix', 'stores/x.ts', `import { readFileSync } from 'fs'`, 'may not import fs'],
    ['a built-in by the back door', 'core/x.ts', `process.getBuiltinModule('node:fs')`, 'may not import node:fs'],
    ['require', 'stores/x.ts', `const pg = require('pg')`, 'may not import pg'],
    ['a client that is loaded at once', 'stores/postgres/x.ts', `import pg from 'pg'`, 'may not import pg'],
    ["another store's client", 'stores/redis/x.ts', `await import('pg')`, 'may not import pg'],
    ['a computed name', 'stores/x.ts', `await import(name)`, 'imports a module whose name is computed'],
    ['leaving src/', 'core/x.ts', `import p from '../../package.json'`, 'leaves src/: ../package.json'],
    ['a missing file', 'core/x.ts', `import './y.ts'`, 'core/y.ts does not exist'],
    ['core, upwards', 'core/basics/x.ts', `import '../storage/commit.ts'`, 'may not import core/storage/commit.ts'],
    ['core, upwards, a type', 'core/record/x.ts', `import type { C } from '../storage/commit.ts'`, 'may not import core/storage/commit.ts'],
    ['core, out of its folders', 'core/request/x.ts', `import '../a.ts'`, 'may not import core/a.ts'],
    ['a room of core that is not in the table', 'core/misc/x.ts', '', `no layer 'core/misc' in the table`],
    ['passwords on more of core', 'passwords/x.ts', `import '../core/storage/commit.ts'`, 'may not import core/storage/commit.ts'],
    ['itself', 'core/x.ts', `import './x.ts'`, 'cycle: core/x.ts -> core/x.ts'],
  ])('complains about %s', (_what, path, source, complaint) => {
    const found = complaints(tree({ ...others, [path]: source }))
    expect(found).toEqual([complaint.startsWith('cycle') ? complaint : `${path}: ${complaint}`])
  })

  test('complains about a source that imports a test', () => {
    expect(complaints(tree({ 'core/x.ts': `import './x.test.ts'`, 'core/x.test.ts': '' }))).toEqual([
      'core/x.ts: imports the test core/x.test.ts',
    ])
  })

  test('complains about a cycle, of types too', () => {
    const circle = { 'core/p.ts': `import './q.ts'`, 'core/q.ts': `import type { R } from './r.ts'`, 'core/r.ts': `export * from './p.ts'` }
    expect(complaints(tree(circle))).toEqual(['cycle: core/p.ts -> core/q.ts -> core/r.ts -> core/p.ts'])
  })

  test('complains about a cycle of folders, though their files have none', () => {
    const circle = { 'auth/a/p.ts': `import '../b/q.ts'`, 'auth/b/q.ts': '', 'auth/b/r.ts': `import '../a/s.ts'`, 'auth/a/s.ts': '' }
    expect(complaints(tree(circle))).toEqual(['cycle: auth/a -> auth/b -> auth/a'])
  })

  test('is content with a right tree', () => {
    const right = {
      ...others,
      'index.ts': `export * from './core/a.ts'\nexport { m } from './stores/memory.ts'\nexport { c } from './transports/cookie.ts'`,
      'core/b.ts': `import type { S } from '@standard-schema/spec'\nimport { hash } from 'node:crypto'\nimport './a.ts'`,
      'core/storage/x.ts': `import '../basics/errors.ts'`,
      'core/c.ts': `import './storage/x.ts'`,
      'core/b.test.ts': `import { test } from 'vitest'\nimport '../stores/memory.ts'`,
      'stores/sqlite/index.ts': `import { DatabaseSync } from 'node:sqlite'\nimport './sql.ts'\nimport '../_shared/rows.ts'`,
      'stores/postgres/url.ts': `const { Pool } = await import('pg')`,
      'stores/sqlite/sql.ts': `/** import x from 'y' */\nexport const text = "import x from 'y'"`,
      'frameworks/express.ts': `import type { Request } from 'express'\nimport { type Response } from 'express'\nimport './node/index.ts'`,
      'testing/index.ts': `export * from './client.ts'`,
      'testing/client.ts': `import '../core/a.ts'\nimport '../transports/cookie.ts'`,
    }
    expect(complaints(tree(right))).toEqual([])
  })
})
