/**
 * A thousand logins and rotations against `revokeAll`, and many logins against a limit, on every store: several
 * applications in one process, which share nothing but the store. `races.test.ts` does the first with processes and
 * sockets.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Sessions, SessionsOptions, SessionStore } from '../../src/index.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import { SECRET } from './servers/handler.ts'

const APPLICATIONS = 3
const ROUNDS = 10

interface Place {
  /** Opens the store for one more application. */
  open(): Promise<SessionStore>
  stop(): Promise<unknown>
}

const memory = { name: 'memory', start: async (): Promise<Place> => inMemory() }
const places = sharedStores
  .filter(({ missing }) => !missing)
  .map(({ name, start }) => ({
    name,
    async start(): Promise<Place> {
      const engine = await start()
      return { open: () => openStore(engine.location), stop: () => engine.stop() }
    },
  }))

function inMemory(): Place {
  const store = memoryStore()
  return { open: async () => store, stop: async () => undefined }
}

type Browser = Client<Record<string, unknown>>

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

async function isAlive(browser: Browser, at: Sessions): Promise<boolean> {
  return (await browser.open(at).load()).principal !== null
}

describe.each([memory, ...places])('$name', ({ start }) => {
  let place: Place
  let stores: SessionStore[]

  beforeAll(async () => {
    place = await start()
    stores = await Promise.all(Array.from({ length: APPLICATIONS }, () => place.open()))
  })

  afterAll(async () => {
    await Promise.all([...new Set(stores)].map((store) => store.close()))
    await place.stop()
  })

  const applications = (options: SessionsOptions & { readonly schema?: never } = {}): Sessions[] =>
    stores.map((store) => createSessions({ ...PATIENCE, secrets: [SECRET], store, ...options }))

  test('a thousand logins and rotations against revokeAll: only who began after it is signed in', async () => {
    const apps = applications()
    const app = (i: number): Sessions => apps[i % APPLICATIONS]!
    for (let round = 0; round < ROUNDS; round++) {
      const principal = `revoked-${round}`
      const login = async (browser: Browser, i: number): Promise<void> => {
        const attempt = await app(i).of(principal).begin()
        await browser.run((session) => session.login(principal, { attempt }), { at: app(i) })
      }
      const signedIn = Array.from({ length: 25 }, (_, i) => client(app(i)))
      await Promise.all(signedIn.map((browser, i) => login(browser, i)))
      const rotating = signedIn.map((browser) => browser.copy())
      const newcomers = Array.from({ length: 50 }, (_, i) => client(app(i)))
      const attempts = await Promise.all(newcomers.map((_, i) => app(i).of(principal).begin()))
      // Some come while it runs, some not before it is done: all of them began before it.
      let done!: () => void
      const revoked = new Promise<void>((resolve) => (done = resolve))
      const moment = (i: number): Promise<unknown> => (i % 5 === 0 ? revoked : turns(i % 5))
      const racing = [
        ...newcomers.map(async (browser, i) => {
          await moment(i)
          return browser.run((session) => session.login(principal, { attempt: attempts[i]! }), { at: app(i) })
        }),
        ...rotating.map((browser, i) => browser.run((session) => session.rotate(), { at: app(i + 1) })),
        ...signedIn.map((browser, i) => browser.run((session) => session.set('key', i), { at: app(i + 2) })),
      ]
      const settled = Promise.allSettled(racing)
      // At another moment in each round.
      await turns(round)
      await app(round).of(principal).revokeAll()
      done()
      const after = client(app(round))
      await login(after, round)
      await settled

      const dead = await Promise.all([...newcomers, ...rotating, ...signedIn].map((browser, i) => isAlive(browser, app(i))))
      expect(dead.filter(Boolean), `round ${round}`).toEqual([])
      expect(await isAlive(after, app(round + 1))).toBe(true)
      expect(await app(round).of(principal).list()).toHaveLength(1)
    }
  })

  test('of many logins at the same moment no more stay than maxSessionsPerPrincipal says, and the last one does', async () => {
    let now = Date.UTC(2100, 0, 1)
    const apps = applications({ maxSessionsPerPrincipal: 3, clock: { now: () => now++ } })
    const browsers = Array.from({ length: 30 }, (_, i) => client(apps[i % APPLICATIONS]!))
    await Promise.allSettled(browsers.map((browser) => browser.run((session) => session.login('limited'))))
    expect(await apps[0]!.of('limited').list()).toHaveLength(3)
    const last = client(apps[0]!)
    await last.run((session) => session.login('limited'))
    expect(await isAlive(last, apps[1]!)).toBe(true)
    expect(await apps[0]!.of('limited').list()).toHaveLength(3)
  })

  test("'refuse': of many logins at the same moment no more get in, and whoever was told so is", async () => {
    const apps = applications({ maxSessionsPerPrincipal: { limit: 3, exceeded: 'refuse' } })
    const browsers = Array.from({ length: 30 }, (_, i) => client(apps[i % APPLICATIONS]!))
    const logins = await Promise.allSettled(browsers.map((browser) => browser.run((session) => session.login('refused'))))
    const alive = await Promise.all(browsers.map((browser) => isAlive(browser, apps[0]!)))
    expect(alive).toEqual(logins.map(({ status }) => status === 'fulfilled'))
    expect(alive.filter(Boolean).length).toBeLessThanOrEqual(3)
    expect(await apps[0]!.of('refused').list()).toHaveLength(alive.filter(Boolean).length)
  })
})
