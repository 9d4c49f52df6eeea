import assert from 'node:assert/strict'
import { DONE, cookieOf, diskFull, sessionCookies, type AdapterRule, type ReceivedResponse, type Handle, type World } from './world.ts'

const PARALLEL = 20

export const handleRules: readonly AdapterRule[] = [
  {
    name: 'sessions.open gives the same handle',
    why: 'a helper that only has the request must see what the handler changed, and be saved with it',
    async check(world) {
      let same: boolean | undefined
      const answer = await world.do(async (session, opened) => {
        same = session === opened
        opened.set('visits', 1)
        return { kind: 'text', status: 200, body: String(await session.get('visits')) }
      })
      assert.equal(same, true, 'another handle')
      assert.equal(answer.body, '1')
      assert.equal(await world.opened(cookieOf(answer)).get('visits'), 1)
    },
  },
  {
    name: 'two middlewares, one session',
    why: 'a guard and an application that both bring the adapter must not make two sessions of a visit',
    times: 2,
    async check(world) {
      const answer = await world.do(async (session, opened) => {
        session.increment('visits')
        opened.increment('visits')
        return DONE
      })
      assert.equal(answer.status, 200)
      assert.equal(sessionCookies(answer).length, 1, 'one cookie is handed out')
      assert.equal(world.store.count('create'), 1)
      assert.equal(await world.opened(cookieOf(answer)).get('visits'), 2)
    },
  },
  {
    name: 'two middlewares, a failed save',
    why: 'the error of one must not be hidden by the other',
    times: 2,
    async check(world) {
      world.store.before('create', diskFull)
      const answer = await world.do((session) => {
        session.set('visits', 1)
        return DONE
      })
      assert(answer.status >= 500, `the status is ${answer.status}`)
      assert.deepEqual(sessionCookies(answer), [])
    },
  },
  {
    name: 'parallel requests lose nothing',
    why: 'browsers send many requests at once, and each may change the session',
    async check(world) {
      const cookie = await world.stored((session) => session.set('visits', 0))
      let next = 0
      world.act = (session) => {
        session.set(`key${next++}`, 1)
        session.increment('visits')
        return DONE
      }
      const answers = await Promise.all(Array.from({ length: PARALLEL }, () => world.ask({ cookie })))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      const { data } = await world.opened(cookie).load()
      assert.equal(data.visits, PARALLEL)
      assert.equal(Object.keys(data).filter((key) => key.startsWith('key')).length, PARALLEL)
    },
  },
  {
    name: 'parallel requests of different visitors',
    why: 'nobody may ever see the session of somebody else',
    async check(world) {
      const visitors = await Promise.all(
        Array.from({ length: PARALLEL }, async (_, i) => ({ i, cookie: await world.stored((session) => session.set('visits', i)) })),
      )
      world.act = async (session) => ({ kind: 'text', status: 200, body: String(await session.get('visits')) })
      const answers = await Promise.all(visitors.map(({ cookie }) => world.ask({ cookie })))
      assert.deepEqual(
        answers.map(({ body }) => body),
        visitors.map(({ i }) => String(i)),
      )
    },
  },
  {
    name: 'the whole handle, from visit to visit',
    why: 'whatever a handle can do, it can do in this framework',
    async check(world) {
      const browser = new Browser(world)
      await browser.does((session) => session.set('cart', ['tea']))
      await browser.does((session) => session.update('cart', (cart = []) => [...cart, 'milk']))
      await browser.does((session) => session.flash('ok', 'saved'))
      assert.equal(await browser.does(async (session) => (await session.takeFlash('ok')).join()), 'saved')
      assert.equal(await browser.does(async (session) => (await session.takeFlash('ok')).join()), '')
      assert.equal(await browser.does(async (session) => String(await session.has('cart'))), 'true')
      await browser.does((session) => session.login('alice', { keep: ['cart'] }))
      assert.equal(
        await browser.does(async (session) => `${(await session.load()).principal} ${String(session.data.cart)}`),
        'alice tea,milk',
      )
      await browser.does((session) => session.rotate())
      await browser.does((session) => session.delete('cart'))
      assert.equal(
        await browser.does(async (session) => `${(await session.load()).principal} ${String(session.data.cart)}`),
        'alice undefined',
      )
      await browser.does((session) => session.destroy())
      assert.equal(await browser.does(async (session) => String((await session.load()).principal)), 'null')
    },
  },
]

/** A client that keeps its cookies, as a browser does. */
class Browser {
  readonly #world: World
  readonly #jar = new Map<string, string>()

  constructor(world: World) {
    this.#world = world
  }

  async does(act: (session: Handle) => string | void | Promise<string | void>): Promise<string> {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await this.#world.do(
      async (session) => ({ kind: 'text', status: 200, body: (await act(session)) ?? '' }),
      cookie === '' ? {} : { cookie },
    )
    assert.equal(answer.status, 200)
    this.#keep(answer)
    return answer.body
  }

  #keep(answer: ReceivedResponse): void {
    for (const line of sessionCookies(answer)) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
  }
}
