/**
 * Each adapter by itself, in modules that no other adapter has touched: what an error with a refusal looks like to its
 * framework.
 */
import { beforeEach, expect, test, vi } from 'vitest'
import type { Sessions } from '../../src/index.ts'

const sessions = { open: () => undefined, handle: () => undefined } as unknown as Sessions
const lets = (): undefined => undefined

beforeEach(() => {
  vi.resetModules()
})

async function tooMany(): Promise<object> {
  const { SojournError } = await import('../../src/core/basics/errors.ts')
  const { refusal } = await import('../../src/core/basics/refusal.ts')
  return new SojournError('ERR_SESSION_THROTTLED', 'Later.', { refusal: refusal(429, 'Later.', [['Retry-After', '60']]) })
}

const httpError = { status: 429, statusCode: 429, headers: { 'Retry-After': '60', 'Cache-Control': 'no-store' } }
const httpException = { getResponse: expect.any(Function) as unknown }

test.each<[framework: string, members: object, use: () => Promise<unknown>]>([
  ['Express: session', httpError, async () => (await import('../../src/frameworks/express.ts')).session(sessions)],
  ['Express: guard', httpError, async () => (await import('../../src/frameworks/express.ts')).guard(sessions, lets)],
  ['Fastify: session', httpError, async () => (await import('../../src/frameworks/fastify.ts')).session(sessions)],
  ['Fastify: guard', httpError, async () => (await import('../../src/frameworks/fastify.ts')).guard(sessions, lets)],
  ['Hono: session', httpException, async () => (await import('../../src/frameworks/hono.ts')).session(sessions)],
  ['Hono: guard', httpException, async () => (await import('../../src/frameworks/hono.ts')).guard(sessions, lets)],
  [
    'express-session',
    httpError,
    async () => (await import('../../src/frameworks/express-session/index.ts')).default({ secret: 'x'.repeat(40) }),
  ],
])('%s', async (_name, members, use) => {
  const before = await tooMany()
  expect(Object.keys(before)).toEqual(['code', 'refusal'])
  await use()
  const { code, refusal, ...others } = (await tooMany()) as { code: string; refusal: unknown }
  expect([code, refusal]).toEqual(['ERR_SESSION_THROTTLED', (before as { refusal: unknown }).refusal])
  expect(others).toEqual(members)
})

test.each<[framework: string, use: () => Promise<unknown>]>([
  ['node:http', async () => (await import('../../src/frameworks/node/index.ts')).session(sessions, () => undefined)],
  ['Fetch', async () => (await import('../../src/frameworks/fetch.ts')).session(sessions, () => new Response())],
  ['Koa', async () => (await import('../../src/frameworks/koa.ts')).session(sessions)],
  ['h3', async () => (await import('../../src/frameworks/h3/index.ts')).session(sessions)],
])('%s answers itself, and adds nothing', async (_name, use) => {
  await use()
  expect(Object.keys(await tooMany())).toEqual(['code', 'refusal'])
})
