/** What a handler that throws has saved, in each framework; and that the page for it says so. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import { applications } from './contract/applications.ts'

const rows: Readonly<Record<string, readonly string[]>> = {
  'Express 4 and 5': ['express 4', 'express 5'],
  Fastify: ['fastify'],
  Hono: ['hono on node', 'hono, fetch only'],
  h3: ['h3', 'h3, handlers that return a Response'],
  '`sojourn/node`': ['node:http'],
  Koa: ['koa'],
  '`sojourn/fetch`, `sessions.handle`': ['fetch'],
}
const page = readFileSync(`${root}docs/guide/when-a-handler-throws.md`, 'utf8')
const said = new Map([...page.matchAll(/^\| (.+?) \| ((?:not )?saved)/gm)].map(([, framework, what]) => [framework!, what!]))

test('the page has a row for each', () => {
  expect([...said.keys()]).toEqual(Object.keys(rows))
})

test.each(Object.entries(rows).flatMap(([row, names]) => names.map((name) => [row, name] as const)))('%s: %s', async (row, name) => {
  const sessions = createSessions<{ visits: number }>({ secrets: ['a secret of these tests, long enough for it'], store: memoryStore() })
  const created: unknown[] = []
  sessions.on('created', (event) => created.push(event))
  const application = await applications[name]!({
    sessions,
    times: 1,
    routes: [
      {
        path: '/',
        handle: async (session) => {
          session.set('visits', 1)
          throw new Error('The handler has failed.')
        },
      },
    ],
  })
  const request = new Request(`${application.origin}/`)
  const response = await (application.fetch ? application.fetch(request) : fetch(request)).catch(() => undefined)
  await application.close()
  expect(response?.status ?? 500).toBe(500)
  const isSaved = said.get(row) === 'saved'
  expect(created.length).toBe(isSaved ? 1 : 0)
  expect((response?.headers.getSetCookie() ?? []).length).toBe(isSaved ? 1 : 0)
})
