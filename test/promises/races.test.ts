/**
 * What three processes do to one session, or to one principal's, at the same moment: on every store that processes can
 * share.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { Browser } from './support/browser.ts'
import { startProcess } from './support/processes.ts'
import type { ServerProcess } from '../_support/processes.ts'

const PROCESSES = 3

interface State {
  readonly id?: string
  readonly principal: string | null
  readonly data: Readonly<Record<string, unknown>>
}

describe.each(sharedStores.filter(({ missing }) => !missing))('$name', ({ start }) => {
  let engine: Engine
  let processes: ServerProcess[]

  beforeAll(async () => {
    engine = await start()
    const setup = { framework: 'node', location: engine.location } as const
    processes = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(setup)))
  })

  afterAll(async () => {
    await Promise.all(processes.map((each) => each.close()))
    await engine.stop()
  })

  const port = (i: number): number => processes[i % PROCESSES]!.port

  /** What each process sees: the same. */
  async function stateOf(browser: Browser): Promise<State> {
    const states = await Promise.all(processes.map((_, i) => browser.get(port(i), '/state')))
    const [first, ...others] = states.map(({ json }) => json as State)
    for (const other of others) expect(other).toEqual(first)
    return first!
  }

  test('twenty rotations and sixty writes: one token wins, and every write that was answered with success is there', async () => {
    const browser = new Browser()
    await browser.get(port(0), '/set?key=first')
    await browser.get(port(0), '/login')
    const rotations = Array.from({ length: 20 }, (_, i) => ({ browser: browser.copy(), path: '/rotate', i }))
    const writes = Array.from({ length: 60 }, (_, i) => ({ browser: browser.copy(), path: `/set?key=k${i}&wait=${i % 5}`, i }))
    const tried = await Promise.all(
      [...rotations, ...writes].map(async (each) => ({ ...each, reply: await each.browser.get(port(each.i), each.path) })),
    )
    const done = tried.filter(({ reply }) => reply.status === 200)
    const rotated = done.filter(({ path }) => path === '/rotate')
    expect(rotated.length).toBeGreaterThan(0)
    const alive: State[] = []
    for (const each of rotated) {
      const state = await stateOf(each.browser)
      if (state.principal !== null) alive.push(state)
    }
    expect(alive, 'the last token, and no other').toHaveLength(1)
    const { first, ...data } = alive[0]!.data
    expect(first).toBe('set')
    for (const write of done.filter(({ path }) => path !== '/rotate')) {
      const key = new URLSearchParams(write.path.slice(write.path.indexOf('?'))).get('key')!
      // One that came when its token was superseded already is the first of a new visitor.
      if (!(key in data)) expect(await stateOf(write.browser)).toMatchObject({ principal: null, data: { [key]: 'set' } })
    }
    expect(await stateOf(browser), 'the token of before').toEqual({ principal: null, data: {} })
  })

  test('thirty logins on one anonymous session: whoever was told so is signed in', async () => {
    const browser = new Browser()
    await browser.get(port(0), '/set?key=first')
    const logins = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const visitor = browser.copy()
        return { visitor, reply: await visitor.get(port(i), '/login?principal=crowd') }
      }),
    )
    expect(logins.map(({ reply }) => reply.status)).toEqual(logins.map(() => 200))
    const principals = await Promise.all(logins.map(async ({ visitor }) => (await stateOf(visitor)).principal))
    expect(principals.filter((principal) => principal === 'crowd').length).toBeGreaterThan(0)
    expect(await stateOf(browser), 'the anonymous token').toMatchObject({ principal: null, data: {} })
  })

  test('a thousand logins and rotations against revokeAll: what began before it is dead, whatever it was answered', async () => {
    let attempts = 0
    for (let round = 0; round < 10; round++) {
      const principal = `revoked-${round}`
      const signedIn = await Promise.all(
        Array.from({ length: 25 }, async (_, i) => {
          const browser = new Browser()
          await browser.get(port(i), `/login?principal=${principal}`)
          return browser
        }),
      )
      // Whoever signs in has begun before: only then does the revocation speak of them.
      const begun = await Promise.all(
        [...Array.from({ length: 50 }, () => new Browser()), ...signedIn.map((browser) => browser.copy())].map(async (browser, i) => {
          const query = `principal=${principal}&attempt=${++attempts}`
          expect((await new Browser().get(port(i), `/begin?${query}`)).status).toBe(200)
          return { browser, at: port(i), path: `/login?${query}` }
        }),
      )
      const rotations = signedIn.map((browser, i) => ({ browser, at: port(i + 1), path: '/rotate' }))
      const all = [...begun, ...rotations]
      const racing = all.map(({ browser, at, path }) => browser.get(at, path))
      // At another moment in each round.
      await Promise.all(racing.slice(0, round * 8))
      expect((await new Browser().get(port(round), `/revoke-all?principal=${principal}`)).status).toBe(200)
      await Promise.all(racing)
      for (const [i, { browser }] of all.entries()) {
        expect(((await browser.get(port(i), '/state')).json as State).principal).toBeNull()
      }
    }
  })
})
