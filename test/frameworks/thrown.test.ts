/** The table of docs/guide/frameworks/README.md: what of a handler's changes is there after it threw. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { memoryStore } from '../../src/index.ts'
import { openWorld } from '../../src/testing/adapter-contract/world.ts'
import { applications } from './contract/applications.ts'

/** The rows that run in this process, by the names of their applications. */
const inProcess: Readonly<Record<string, string>> = {
  'Express 5': 'express 5',
  'Express 4': 'express 4',
  'Fastify 5': 'fastify',
  'Koa 3': 'koa',
  'Hono 4': 'hono on node',
  'h3 2': 'h3',
  'h3 2.0.1-rc.2': 'h3, the first releases of 2',
  'h3 1': 'h3 1',
  'node:http': 'node:http',
  'Fetch: `sessions.handle`, `sojourn/fetch`': 'fetch',
}

/** Those of which a test in `examples/frameworks` builds a whole application, and holds the same. */
const built: Readonly<Record<string, string>> = {
  'Nuxt 4': 'nuxt',
  'Nitro 2': 'nitro-2',
  'Nitro 3.0.0': 'nitro-3',
  'SvelteKit 3': 'sveltekit',
  'React Router 8': 'react-router',
  'Astro 7': 'astro',
  'TanStack Start': 'tanstack-start',
  'AdonisJS 7': 'adonis',
  'Elysia 1.4': 'elysia',
}

const page = readFileSync(`${root}docs/guide/frameworks/README.md`, 'utf8')
const [, table = ''] = /<!-- thrown -->([^]*)<!-- \/thrown -->/.exec(page) ?? []
const rows = new Map([...table.matchAll(/^\| (.+?) \| (all are|nothing is) saved \|$/gm)].map(([, name = '', says = '']) => [name, says]))

test('the table has a row for each, and no other', () => {
  expect([...rows.keys()].toSorted()).toEqual([...Object.keys(inProcess), ...Object.keys(built)].toSorted())
})

describe.each(Object.entries(inProcess))('%s', (row, name) => {
  test(`${rows.get(row)} saved`, async () => {
    const world = await openWorld(applications[name]!, memoryStore(), 1)
    const cookie = await world.stored((session) => session.set('visits', 1))
    await world.do(
      (session) => {
        session.set('visits', 2)
        throw new Error('The handler has failed.')
      },
      { cookie },
    )
    const isSaved = (await world.opened(cookie).get('visits')) === 2
    await world.close()
    expect(isSaved ? 'all are' : 'nothing is').toBe(rows.get(row))
  })
})

test.each(Object.entries(built))('%s: its application is held to what the row says', (row, name) => {
  const file = `${root}examples/frameworks/${name}.test.ts`
  const [, held] = /thrown: '(saved|nothing)'/.exec(existsSync(file) ? readFileSync(file, 'utf8') : '') ?? []
  expect(held).toBe(rows.get(row) === 'all are' ? 'saved' : 'nothing')
})
