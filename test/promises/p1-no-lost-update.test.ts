/**
 * P1: two requests that change different keys both survive; `increment` and `update` are exact. Over real HTTP, at
 * once.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { testClock } from '../../src/testing/index.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { PATIENCE } from '../_support/patience.ts'
import { handlerOf, SECRET } from './servers/handler.ts'
import { Browser } from './support/browser.ts'
import { listeners } from './support/listeners.ts'
import type { Framework } from './support/listeners.ts'
import { startProcess } from './support/processes.ts'
import type { ServerSetup } from './support/processes.ts'
import { serve } from './support/server.ts'

const REQUESTS = 50
const numbers = Array.from({ length: REQUESTS }, (_, i) => i)

/** The ports of the servers, and how to stop them. */
interface Place {
  readonly ports: readonly number[]
  close(): Promise<unknown>
}

const places = [
  { name: 'memory', start: async (): Promise<undefined> => undefined, processes: [1] },
  ...sharedStores.filter(({ missing }) => !missing).map(({ name, start }) => ({ name, start, processes: [1, 3] })),
]

async function here(framework: Framework, store: SessionStore): Promise<Place> {
  const clock = testClock()
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store, clock })
  const server = await serve(listeners[framework](sessions, handlerOf(sessions, clock)))
  return { ports: [server.port], close: () => server.close().then(() => sessions.close()) }
}

async function apart(setup: ServerSetup, count: number): Promise<Place> {
  const processes = await Promise.all(Array.from({ length: count }, () => startProcess(setup)))
  return { ports: processes.map(({ port }) => port), close: () => Promise.all(processes.map((each) => each.close())) }
}

describe.each(places)('$name', ({ start, processes }) => {
  let engine: Engine | undefined
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine?.stop())

  const open = async (framework: Framework, count: number): Promise<Place> => {
    if (!engine) return here(framework, memoryStore())
    const { location } = engine
    return count === 1 ? here(framework, await openStore(location)) : apart({ framework, location }, count)
  }
  const ways = (['node', 'Express 5'] as const).flatMap((framework) => processes.map((count) => ({ framework, count })))

  describe.each(ways)('$framework, processes: $count', ({ framework, count }) => {
    let place: Place
    beforeAll(async () => {
      place = await open(framework, count)
    })
    afterAll(() => place.close())

    /** Sends 50 requests of one session at once, spread over the servers; answers the session's data afterwards. */
    async function atOnce(path: (i: number) => string): Promise<Record<string, unknown>> {
      const browser = new Browser()
      await browser.get(place.ports[0]!, '/set?key=first')
      const port = (i: number): number => place.ports[i % place.ports.length]!
      const replies = await Promise.all(numbers.map((i) => browser.copy().get(port(i), path(i))))
      expect(replies.map(({ status }) => status)).toEqual(numbers.map(() => 200))
      expect(replies.flatMap(({ setCookies }) => setCookies)).toEqual([])
      const states = await Promise.all(place.ports.map((each) => browser.get(each, '/state')))
      const data = states.map(({ json }) => (json as { data: Record<string, unknown> }).data)
      expect(new Set(data.map((each) => JSON.stringify(each))).size, 'all processes see the same').toBe(1)
      expect(data[0]!['first']).toBe('set')
      return data[0]!
    }

    describe.each([0, 10])('handlers that wait %i ms', (wait) => {
      test('50 requests set 50 keys', async () => {
        const { first: _, ...data } = await atOnce((i) => `/set?key=k${i}&wait=${wait}`)
        expect(Object.keys(data).toSorted()).toEqual(numbers.map((i) => `k${i}`).toSorted())
      })

      test('50 increments count to 50', async () => {
        expect((await atOnce(() => `/increment?wait=${wait}`))['count']).toBe(REQUESTS)
      })

      test('50 updates append 50 items', async () => {
        const { list } = await atOnce((i) => `/append?key=item${i}&wait=${wait}`)
        expect((list as string[]).toSorted()).toEqual(numbers.map((i) => `item${i}`).toSorted())
      })
    })
  })
})
