/** The stores of Cloudflare on its own runtime (workerd), with D1 and Durable Objects as miniflare brings them. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import type { Call, StoreOperation } from '../../src/contracts.ts'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { d1Store, durableObjectStore, SojournObject } from '../../src/stores/cloudflare/index.ts'
import type { D1Binding, ObjectNamespace, ObjectState } from '../../src/stores/cloudflare/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, MINUTE, NOW } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

interface Miniflare {
  getD1Database(name: string): Promise<D1Binding>
  getDurableObjectNamespace(name: string): Promise<ObjectNamespace>
  readonly ready: Promise<URL>
  dispose(): Promise<void>
}

type Fault = Readonly<Record<'message' | 'code' | 'written' | 'reason', unknown>>

const runtimes = `${root}test/runtimes/package.json`
const isThere = existsSync(`${root}test/runtimes/node_modules/miniflare`)
if (!isThere && process.env['CI'] === 'true') throw new Error('The stores of Cloudflare are tested on workerd, and there is no miniflare.')
if (!isThere) console.warn('NOT TESTED: the stores of Cloudflare. Run npm test, which installs miniflare where it can.')

describe.skipIf(!isThere)('on workerd', () => {
  let miniflare: Miniflare
  let url: string

  beforeAll(async () => {
    const { Miniflare } = createRequire(runtimes)('miniflare') as { Miniflare: new (options: object) => Miniflare }
    miniflare = new Miniflare({
      modules: true,
      modulesRoot: root,
      modulesRules: [{ type: 'ESModule', include: ['**/*.js'] }],
      scriptPath: `${root}test/stores/cloudflare-worker.js`,
      compatibilityDate: '2026-07-01',
      compatibilityFlags: ['nodejs_compat'],
      d1Databases: ['DB'],
      durableObjects: { SESSIONS: { className: 'SojournObject', useSQLite: true } },
    })
    url = (await miniflare.ready).href
  }, 60_000)
  afterAll(() => miniflare?.dispose())

  /** A store in the worker: each call of it is a request. */
  function storeAt(path: string): Required<Pick<SessionStore, 'principals' | 'sweeper' | 'scanner'>> & SessionStore {
    const ask =
      (operation: StoreOperation) =>
      async (...args: unknown[]): Promise<never> => {
        const { now } = args.pop() as Call
        const body = JSON.stringify([operation, args.map((arg) => arg ?? null), now])
        const { value, error } = (await (await fetch(url + path, { method: 'POST', body })).json()) as { value?: never; error?: Fault }
        if (error) throw Object.assign(new Error(String(error.message)), error)
        return value as never
      }
    return {
      load: ask('load'),
      create: ask('create'),
      update: ask('update'),
      touch: ask('touch'),
      delete: ask('delete'),
      close: async () => undefined,
      principals: {
        list: ask('principals.list'),
        ids: ask('principals.ids'),
        deleteMany: ask('principals.deleteMany'),
        epoch: ask('principals.epoch'),
        raise: ask('principals.raise'),
      },
      sweeper: { sweep: ask('sweeper.sweep') },
      scanner: { scan: ask('scanner.scan'), count: ask('scanner.count') },
    }
  }

  /** Runs one statement beside the store. */
  const run = (kind: string, sql: string): Promise<unknown> =>
    fetch(`${url}sql/${kind}`, { method: 'POST', body: sql }).then((response) => response.text())

  describe.each([
    ['d1Store', 'd1'],
    ['durableObjectStore', 'object'],
  ])('%s', (_name, kind) => {
    const open = (): ReturnType<typeof storeAt> => storeAt(`calls/${kind}`)
    const empty = async (): Promise<SessionStore> => {
      const store = open()
      await store.load('x'.repeat(22), at(NOW))
      for (const table of ['sojourn_sessions', 'sojourn_epochs']) await run(kind, `DELETE FROM ${table}`)
      return store
    }
    testCases(storeContract(empty, { skip: { notices: 'there are no notices' } }))

    test('a conflict is answered with the newest committed record, a deleted one with gone', () => answersConflicts(open(), open()))
    test('fifty keys and fifty increments through two processes are all there', () => losesNoUpdate(open(), open()))
    test('revokeAll misses no login that began before it', () => missesNoLogin(open()))

    test('what SQLite refuses is an outcome', async () => {
      const sessions = createSessions({ secrets: [SECRET], store: open() })
      const { headers } = await signIn(sessions, 'alice')
      await run(kind, "CREATE TRIGGER no_more BEFORE UPDATE ON sojourn_sessions BEGIN SELECT RAISE(ABORT, 'no more'); END")
      const session = sessions.open({ headers: { ...headers } })
      session.set('card', '4111 1111')
      const error: unknown = await session.commit().catch((thrown: unknown) => thrown)
      await run(kind, 'DROP TRIGGER no_more')
      expect(error).toMatchObject({
        code: 'ERR_SESSION_STORE',
        cause: { written: false, reason: expect.stringMatching(/^SQLITE_CONSTRAINT/) as string },
      })
    })

    test('tables of a later version are refused', async () => {
      await run(kind, 'INSERT INTO sojourn_schema (version) VALUES (99)')
      await expect(storeAt(`anew/${kind}`).load('x'.repeat(22), at(NOW))).rejects.toThrow(/version 99/)
      await run(kind, 'DELETE FROM sojourn_schema WHERE version = 99')
    })
  })

  test('the examples of the guide and of the reference keep sessions', async () => {
    const [DB, SESSIONS] = [await miniflare.getD1Database('DB'), await miniflare.getDurableObjectNamespace('SESSIONS')]
    const env = { DB, SESSIONS, SESSION_SECRET: SECRET }
    const { default: worker } = await import('../../examples/guide/stores/cloudflare.ts')
    const visit = async (cookie: string): Promise<Response> =>
      worker.fetch(new Request('https://shop.test/', { headers: { cookie } }), env, { waitUntil: () => undefined })
    const cookie = (await visit('')).headers.getSetCookie()[0]!.split(';', 1)[0]!
    expect(await (await visit(cookie)).json()).toEqual({ visits: 2 })
    const { objectSessions } = await import('../../examples/guide/stores/cloudflare-object.ts')
    const { d1, durableObject } = await import('../../examples/reference/cloudflare.ts')
    for (const sessions of [objectSessions(env), d1(env), durableObject(env)]) {
      const session = sessions.open({ headers: {} })
      await session.login('bob')
      await session.commit()
      expect((await sessions.of('bob').list()).length).toBeGreaterThan(0)
    }
  })

  describe.each(['d1', 'object'])('an application at /%s', (path) => {
    interface Shown {
      readonly principal: string | null
      readonly visits?: number
      readonly id: string
      readonly handed: number
    }
    let cookies: Map<string, string>
    beforeEach(() => void (cookies = new Map()))

    async function get(what: string, now = NOW): Promise<Shown> {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
      const response = await fetch(`${url}${path}/${what}`, { headers: { cookie, 'x-now': String(now) } })
      for (const line of response.headers.getSetCookie()) {
        const [, key, value] = /^([^=]+)=([^;]*)/.exec(line)!
        if (value) cookies.set(key!, value)
        else cookies.delete(key!)
      }
      return (await response.json()) as Shown
    }

    test('counts exactly, signs in, and is signed out by a revocation', async () => {
      await get('visit')
      await Promise.all(Array.from({ length: 20 }, () => get('visit')))
      expect((await get('show')).visits).toBe(21)
      await get('login')
      expect(await get('show')).toMatchObject({ principal: 'alice', visits: 21 })
      const thief = new Map(cookies)
      await get('revoke')
      cookies = thief
      expect((await get('show')).principal).toBe(null)
    })

    test('hands what runs beside a response to waitUntil, and it is done', async () => {
      await get('login')
      const { id, handed } = await get('show')
      const later = await get('show', NOW + 20 * MINUTE)
      expect(later.handed).toBeGreaterThan(handed)
      const store = storeAt(`calls/${path}`)
      await expect.poll(async () => (await store.load(id, at(NOW + 20 * MINUTE)))?.expiresAt).toBe(NOW + 50 * MINUTE)
      // Without the touch it would be over.
      expect((await get('show', NOW + 40 * MINUTE)).principal).toBe('alice')
    })
  })
})

test('what is no binding is refused at once', () => {
  const options = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }) as Error
  const kv = { get: async () => null, put: async () => undefined }
  expect(() => d1Store(kv as never)).toThrow(options)
  expect(() => d1Store({ prepare: () => undefined, getBookmark: () => null } as never)).toThrow(options)
  expect(() => durableObjectStore(kv as never)).toThrow(options)
})

test('an error that is not of SQLite leaves the object as it is', async () => {
  const fault = new Error('the disk is gone')
  const state: ObjectState = {
    storage: {
      sql: {
        exec() {
          throw fault
        },
      },
    },
  }
  await expect(new SojournObject(state).fetch({ json: async () => ['SELECT 1', []] })).rejects.toBe(fault)
})
