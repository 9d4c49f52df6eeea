/** Nine store packages, unmodified, under one contract: by the name that leads to ours, and by a changed import. */
import type { Express } from 'express'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findEngine } from '../../../../scripts/engines.ts'
import { startMariadb } from '../../../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../../../scripts/engines/postgres.ts'
import { startRedis } from '../../../../scripts/engines/redis.ts'
import { leftOut } from '../../../_support/left-out.ts'
import { serve } from '../../node/server.ts'
import { browser } from '../browser.ts'
import type { Browser } from '../browser.ts'
import { application } from './application.ts'
import { install } from './installed.ts'
import { storePackages } from './stores.ts'
import type { Engines, MadeStore, StorePackage } from './stores.ts'

const installed = await install()
if (typeof installed === 'string') {
  if (process.env['CI'] === 'true') throw new Error(installed)
  console.warn(`NOT TESTED: store packages of express-session. ${installed}`)
}
const folders = typeof installed === 'string' ? undefined : installed

let engines: Engines = {}
const stops: (() => Promise<void>)[] = []
beforeAll(async () => {
  if (!folders) return
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const [redis, postgres, mariadb] = [findEngine('redis'), findEngine('postgres'), findEngine('mariadb')]
  const [started, database, other] = await Promise.all([
    redis && startRedis(redis),
    postgres && startPostgres(postgres),
    mariadb && startMariadb(mariadb),
  ])
  if (started) stops.push(() => started.stop())
  if (database) stops.push(() => database.stop())
  if (other) stops.push(() => other.stop())
  engines = {
    ...(started && { redis: started.ports[0]! }),
    ...(database && { postgres: database.url }),
    ...(other && { mariadb: other.url }),
  }
})
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()))
})

function reasonOf({ engine }: StorePackage): string | undefined {
  if (!folders) return installed as string
  return engine !== undefined && findEngine(engine) === undefined ? `there is no ${engine}` : undefined
}

let places = 0
const place = (): string => `place_${++places}`

test('an ES module imports it by the name, and finds the classes', leftOut(folders ? undefined : (installed as string)), async () => {
  const found = await folders!.alias.load('express-session')
  const ours = folders!.alias.use('sojourn/express-session')
  expect(found['default']).toBe(ours)
  expect([found['Store'], found['MemoryStore'], found['Session'], found['Cookie']]).toEqual([
    ours.Store,
    ours.MemoryStore,
    ours.Session,
    ours.Cookie,
  ])
})

describe.each([
  ['by the name of express-session', 'alias'],
  ['by a changed import', 'import'],
] as const)('%s', (_how, folder) => {
  describe.each(storePackages.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const left = leftOut(reasonOf(one))

    async function visit(task: (visitor: Browser, other: Browser) => Promise<void>): Promise<void> {
      const { use } = folders![folder]
      const session = use(folder === 'alias' ? 'express-session' : 'sojourn/express-session')
      const { store, close } = await one.make(use, session, place(), engines)
      try {
        await using server = await serve(application(session, store))
        await task(browser(server.port), browser(server.port))
      } finally {
        await close()
      }
    }

    const seen = async (visitor: Browser, ...paths: string[]): Promise<string[]> => {
      const bodies: string[] = []
      for (const path of paths) {
        const { status, body } = await visitor.get(path)
        bodies.push(status === 200 ? body : `${status} ${body}`)
      }
      return bodies
    }

    test('keeps what is kept, and an end is an end', left, () =>
      visit(async (visitor, other) => {
        expect(await seen(visitor, '/me', '/cart/tea', '/cart/cake', '/me')).toEqual([
          '[null,null]',
          '["tea"]',
          '["tea","cake"]',
          '[null,["tea","cake"]]',
        ])
        const before = visitor.copy()
        await visitor.get('/login/ada')
        expect(await seen(visitor, '/me', '/reload', '/odd', '/is-odd')).toEqual(['["ada",["tea","cake"]]', '["tea","cake"]', '', 'true'])
        expect(await seen(before, '/me')).toEqual(['[null,null]'])
        await visitor.get('/remember')
        expect(await seen(visitor, '/lasts')).toEqual(['30'])
        expect(await seen(other, '/me', '/lasts')).toEqual(['[null,null]', '0'])
        expect(await seen(visitor.forged(), '/me')).toEqual(['[null,null]'])
        const late = visitor.copy()
        await visitor.get('/logout')
        expect(await seen(visitor, '/me')).toEqual(['[null,null]'])
        expect(await seen(late, '/me', '/is-odd')).toEqual(['[null,null]', 'false'])
      }),
    )

    test('of six parallel keys it keeps six', left, () =>
      visit(async (visitor) => {
        await visitor.get('/login/ada')
        await Promise.all(Array.from({ length: 6 }, (_, i) => visitor.get(`/set/key-${i}`)))
        expect(await seen(visitor, '/keys', '/me')).toEqual(['6', '["ada",[]]'])
      }),
    )

    test('a slow request does not undo a logout', left, () =>
      visit(async (visitor) => {
        await visitor.get('/login/ada')
        const thief = visitor.copy()
        const slow = thief.get('/slow')
        await visitor.get('/logout')
        await slow
        expect(await seen(thief, '/me')).toEqual(['[null,null]'])
      }),
    )

    test('who opens the store by id finds the session, and can end it', left, () =>
      visit(async (visitor, other) => {
        const [id] = await seen(visitor, '/login/ada')
        await visitor.get('/cart/tea')
        expect(await seen(other, `/record/${id}`, '/record/nobody')).toEqual(['{"user":"ada","cart":["tea"],"hasCookie":"object"}', 'null'])
        await other.get(`/end/${id}`)
        expect(await seen(visitor, '/me')).toEqual(['[null,null]'])
      }),
    )

    const both = leftOut(folder === 'alias' ? 'there is no express-session where the name leads to ours' : reasonOf(one))
    test('there and back: the same user, the same cart, and no cookie is lost', both, async () => {
      const { use } = folders!.import
      const [theirs, ours] = [use('express-session'), use('sojourn/express-session')]
      const at = place()
      const made: MadeStore[] = [await one.make(use, theirs, at, engines)]
      const reached = one.inMemory ? made[0]! : await one.make(use, ours, at, engines)
      if (reached !== made[0]) made.push(reached)
      try {
        let app: Express | undefined
        await using server = await serve((request, response) => void app!(request, response))
        const visitor = browser(server.port)
        const [there, here] = [application(theirs, made[0]!.store), application(ours, reached.store)]

        app = there
        const [id] = await seen(visitor, '/login/ada', '/cart/tea')
        const { cookies } = visitor
        const cookie = cookies()
        app = here
        expect(await seen(visitor, '/me', '/cart/cake', '/remember')).toEqual(['["ada",["tea"]]', '["tea","cake"]', ''])
        expect(cookies()).toBe(cookie)
        app = there
        expect(await seen(visitor, '/me', '/lasts', '/cart/bread', `/record/${id}`)).toEqual([
          '["ada",["tea","cake"]]',
          '30',
          '["tea","cake","bread"]',
          '{"user":"ada","cart":["tea","cake","bread"],"hasCookie":"object"}',
        ])
        app = here
        expect(await seen(visitor, '/me')).toEqual(['["ada",["tea","cake","bread"]]'])
        expect(cookies()).toBe(cookie)
        // Begun here, and known there.
        const other = browser(server.port)
        await seen(other, '/login/bob', '/cart/tea')
        app = there
        expect(await seen(other, '/me', '/is-odd')).toEqual(['["bob",["tea"]]', 'false'])
        await other.get('/logout')
        app = here
        expect(await seen(other, '/me')).toEqual(['[null,null]'])
      } finally {
        for (const { close } of made) await close()
      }
    })
  })
})
