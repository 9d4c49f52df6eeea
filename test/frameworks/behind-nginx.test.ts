/** A real nginx with its defaults in front: it answers 502 if the head of a response does not fit in 4 KiB. */
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startNginx } from '../../scripts/engines/nginx.ts'
import { session } from '../../src/frameworks/express.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionsOptions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { SECRET } from '../_support/application.ts'
import { leftOut } from '../_support/left-out.ts'
import { PATIENCE } from '../_support/patience.ts'
import { serve } from './node/server.ts'

const program = findEngine('nginx')
const missing = leftOut(program ? undefined : 'there is no nginx')
const closers: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

interface Site {
  readonly direct: string
  readonly proxied: string
}

/** Fills the session of a visitor, and signs them in: the longest head of a response that there is. */
async function site(store: SessionsOptions['store'], settings?: string): Promise<Site> {
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], ...(store && { store }) })
  const app = express().set('env', 'test').use(session(sessions))
  app.get('/fill/:length', async (req, res) => {
    const opened = sessions.open(req)
    opened.set('text', 'x'.repeat(Number(req.params.length)))
    await opened.login('ada')
    res.json('filled')
  })
  const server = await serve(app)
  const nginx = await startNginx(program!, server.port, settings)
  closers.push(
    () => server[Symbol.asyncDispose](),
    () => nginx.stop(),
  )
  return { direct: `http://127.0.0.1:${server.port}`, proxied: nginx.url }
}

async function fill(origin: string, length: number): Promise<{ status: number; sent: number }> {
  const response = await fetch(`${origin}/fill/${length}`, { headers: { cookie: '__Host-session-anon=1abc; __Host-session-anon.1=abc' } })
  await response.text()
  return { status: response.status, sent: response.headers.getSetCookie().join('').length }
}

/** The largest session that the store itself takes. */
async function largest(origin: string): Promise<number> {
  let [fits, tooLarge] = [1, 10_000]
  while (tooLarge - fits > 1) {
    const length = Math.floor((fits + tooLarge) / 2)
    if ((await fill(origin, length)).status === 200) fits = length
    else tooLarge = length
  }
  return fits
}

describe('sealed sessions behind nginx', () => {
  let plain: Site
  beforeAll(async () => {
    if (program) plain = await site(sealedStore())
  })

  test('the largest that the defaults allow comes through', missing, async () => {
    const length = await largest(plain.direct)
    expect(length).toBeGreaterThan(1_500)
    expect(await fill(plain.proxied, length)).toEqual({ status: 200, sent: expect.any(Number) as number })
    expect((await fill(plain.proxied, length)).sent).toBeGreaterThan(3_000)
    expect((await fill(plain.direct, length + 1)).status).toBe(500)
  })

  test('what grows past that moves to `spill`, and comes through', missing, async () => {
    const { proxied } = await site(sealedStore({ spill: memoryStore() }))
    for (const length of [1_000, 2_200, 3_000, 5_000]) expect((await fill(proxied, length)).status, `${length}`).toBe(200)
  })

  test('more needs the line of the guide', missing, async () => {
    const store = (): SessionsOptions['store'] => sealedStore({ maxCharacters: 7_000 })
    const [tight, wide] = [await site(store()), await site(store(), 'proxy_buffer_size 12k;')]
    const length = await largest(tight.direct)
    expect([(await fill(tight.proxied, length)).status, (await fill(wide.proxied, length)).status]).toEqual([502, 200])
  })
})

test('any other store comes through by far', missing, async () => {
  const { proxied } = await site(memoryStore())
  const { status, sent } = await fill(proxied, 50_000)
  expect([status, sent < 500]).toEqual([200, true])
})
