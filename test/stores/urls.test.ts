/** Stores that are given a URL open a client of their own. */
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionStore, Sessions } from '../../src/index.ts'
import { loadDriver } from '../../src/stores/_shared/driver.ts'
import { mysqlStore } from '../../src/stores/mysql/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { SECRET, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'
import { startProxy } from '../_support/proxy.ts'
import type { Proxy } from '../_support/proxy.ts'
import { sharedStores } from '../_support/stores.ts'
import type { Engine, Location } from '../_support/stores.ts'

const byUrl: Readonly<Record<string, (url: string) => SessionStore>> = {
  PostgreSQL: postgresStore,
  MariaDB: mysqlStore,
  Redis: redisStore,
}

function urlOf(location: Location): string {
  if ('url' in location) return location.url
  if ('ports' in location) return `redis://127.0.0.1:${location.ports[0]}`
  throw new Error('It has no URL.')
}

describe.each(sharedStores.filter(({ name, missing }) => !missing && name in byUrl))('$name', ({ name, start }) => {
  const open = byUrl[name]!
  let engine: Engine
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine.stop())

  test('is opened at the first call and closed with the store', async () => {
    const store = open(urlOf(engine.location))
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.increment('visits'))
    expect((await browser.run((session) => session.get('visits'))).result).toBe(1)
    expect(await sessions.of('alice').list()).toHaveLength(1)
    expect(await sessions.of('alice').revokeAll()).toBe(1)
    await sessions.close()
    await expect(browser.run((session) => session.get('visits'))).rejects.toThrow(code('ERR_SESSION_STORE'))
  })

  test('hears of what another process ended, and again after its server was away', async ({ skip }) => {
    if (name === 'MariaDB') return skip('MySQL has no notices')
    const [here, there] = [0, 1].map(() =>
      createSessions({ ...PATIENCE, secrets: [SECRET], store: open(urlOf(engine.location)), liveInterval: '200ms' }),
    ) as [Sessions, Sessions]
    for (const isRestarted of [false, true]) {
      if (isRestarted) await engine.restart!()
      // A server that was away is back when it answers.
      const { headers, id } = await vi.waitFor(() => signIn(there, 'alice'), 60_000)
      const live = await vi.waitFor(() => here.open({ headers: { ...headers } }).live(), 60_000)
      const gone = once(live.signal, 'abort')
      await there.revoke(id)
      await gone
      expect(live.ended).toBe('revoked')
    }
    await Promise.all([here.close(), there.close()])
  })

  test('fails while its server is away, ends no process, and goes on when it is back', async () => {
    const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: open(urlOf(engine.location)) })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const principal = async (): Promise<unknown> => (await browser.run(async (session) => (await session.load()).principal)).result
    await engine.restart!(() => expect(principal()).rejects.toThrow(code('ERR_SESSION_STORE')))
    await expect.poll(() => principal().catch(() => undefined)).toBe('alice')
    await sessions.close()
  })

  describe('behind a network that falls silent', () => {
    const refused = expect.objectContaining({ code: expect.stringMatching(/^ERR_SESSION_(STORE|OUTCOME)/) })
    let proxy: Proxy
    let sessions: Sessions
    beforeEach(async () => {
      const direct = new URL(urlOf(engine.location))
      proxy = await startProxy(Number(direct.port))
      const url = Object.assign(new URL(direct), { port: String(proxy.port) }).href
      sessions = createSessions({ secrets: [SECRET], store: open(url), storeTimeout: '300ms' })
    })
    afterEach(() => proxy.close())

    /** A connection is given up after ten seconds or so. */
    const LONG = { timeout: 50_000 }
    const silence = (): Promise<void> => proxy.next({ type: 'silence' })
    const visit = (): Promise<unknown> => client(sessions).run((session) => session.increment('visits'))

    test('it goes on by other connections, though none of the silent ones was closed', async () => {
      const connections = name === 'Redis' ? 1 : 10
      const visits = (): Promise<unknown> => Promise.all(Array.from({ length: 2 * connections }, visit))
      await vi.waitFor(visits, LONG)
      const silent = Array.from({ length: connections }, silence)
      await expect(visits()).rejects.toThrow(refused)
      await Promise.all(silent)
      await vi.waitFor(visits, LONG)
      await sessions.close()
    }, 60_000)

    test('while it connects for the first time: it connects again', async () => {
      const silent = silence()
      await expect(visit()).rejects.toThrow(refused)
      await silent
      await vi.waitFor(visit, LONG)
      await sessions.close()
    }, 60_000)

    test('it can be closed', async () => {
      const silent = silence()
      await expect(visit()).rejects.toThrow(refused)
      await silent
      await sessions.close()
    }, 60_000)
  })

  test('another kind of URL is refused at start, without a word of it', () => {
    expect(() => open('http://user:pa55word@db.test/')).toThrow(code('ERR_SESSION_OPTIONS'))
    expect(() => open('http://user:pa55word@db.test/')).not.toThrow(/pa55word/)
  })
})

test('a missing client is named', async () => {
  const loading = loadDriver('someStore', 'some-client', () => Promise.reject(new Error('Cannot find package')))
  await expect(loading).rejects.toThrow(
    expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining('npm install some-client') }),
  )
})
