/** The stores of Cloudflare on its own runtime (workerd), with D1 and Durable Objects as miniflare brings them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { d1Store, durableObjectStore, SojournObject } from '../../src/stores/cloudflare/index.ts'
import type { CloudflareStore, ObjectState } from '../../src/stores/cloudflare/index.ts'
import { signIn, storeContract } from '../../src/testing/index.ts'
import { at, MINUTE, NOW } from '../../src/testing/store-contract/rule.ts'
import { SECRET } from '../_support/application.ts'
import { testCases } from '../_support/contract-cases.ts'
import { PATIENCE } from '../_support/patience.ts'
import { ownConnection, missingWorkerd, startWorker, storeInWorker } from '../_support/workerd.ts'
import type { Worker } from '../_support/workerd.ts'
import { answersConflicts, losesNoUpdate, missesNoLogin } from './races.ts'

if (missingWorkerd && process.env['CI'] === 'true')
  throw new Error(`The stores of Cloudflare are tested on workerd, and ${missingWorkerd}.`)
if (missingWorkerd) console.warn('NOT TESTED: the stores of Cloudflare. Run npm test, which installs miniflare where it can.')

describe.skipIf(missingWorkerd)('on workerd', () => {
  let worker: Worker
  let url: string

  beforeAll(async () => {
    worker = await startWorker()
    url = worker.url
  })
  afterAll(() => worker?.stop())

  const storeAt = (path: string): CloudflareStore => storeInWorker(url + path)

  /** Runs one statement beside the store. */
  const run = (kind: string, sql: string): Promise<unknown> =>
    fetch(`${url}sql/${kind}`, { method: 'POST', headers: ownConnection, body: sql }).then((response) => response.text())

  describe.each([
    ['d1Store', 'd1'],
    ['durableObjectStore', 'object'],
  ])('%s', (_name, kind) => {
    const open = (): CloudflareStore => storeAt(`calls/${kind}`)
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
      const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: open() })
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
    const env = { ...(await worker.bindings()), SESSION_SECRET: SECRET }
    const { default: guide } = await import('../../examples/guide/stores/cloudflare.ts')
    const visit = async (cookie: string): Promise<Response> =>
      guide.fetch(new Request('https://shop.test/', { headers: { cookie } }), env, { waitUntil: () => undefined })
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

  describe.each(['a D1 binding', 'the namespace of an object'])('%s that hangs', (kind) => {
    test('fails at the deadline, signs nobody out, and is used again', async () => {
      const { DB, SESSIONS } = await worker.bindings()
      let hangs = false
      const orNever = <T>(ask: () => Promise<T>): Promise<T> => (hangs ? new Promise(() => undefined) : ask())
      const store =
        kind === 'a D1 binding'
          ? d1Store({
              prepare: (sql) => ({
                bind: (...values) => ({
                  raw: () =>
                    orNever(() =>
                      DB.prepare(sql)
                        .bind(...values)
                        .raw(),
                    ),
                }),
              }),
            })
          : durableObjectStore({
              idFromName: (name) => SESSIONS.idFromName(name),
              get: (id) => ({ fetch: (to, init) => orNever(() => SESSIONS.get(id).fetch(to, init)) }),
            })
      const { headers } = await signIn(createSessions({ ...PATIENCE, secrets: [SECRET], store }), 'alice')
      const hasty = createSessions({ secrets: [SECRET], store, storeTimeout: 200 })
      const principal = async (): Promise<string | null> => (await hasty.open({ headers: { ...headers } }).load()).principal
      hangs = true
      await expect(principal()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE_TIMEOUT' }))
      hangs = false
      // A slow machine may need several times to be in time.
      const session = await vi.waitFor(() => hasty.open({ headers: { ...headers } }).load(), 60_000)
      hangs = true
      session.set('theme', 'dark')
      await expect(session.commit()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_OUTCOME_UNKNOWN' }))
      hangs = false
      await expect.poll(() => principal().catch(() => undefined)).toBe('alice')
    })
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
      const response = await fetch(`${url}${path}/${what}`, { headers: { ...ownConnection, cookie, 'x-now': String(now) } })
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
