import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import compatible from '../../src/frameworks/express-session/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session } from '../../src/index.ts'
import { adoptExpressSession, signSessionId } from '../../src/interop/express-session/index.ts'
import type { ExpressStore } from '../../src/interop/express-session/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application, code, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import { holding, principalOf, SIGNED_IN, signedIn } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

const held = (id: string, text: string, why: string, test: Requirement['test']): Requirement => ({ id, text, verdict: 'held', why, test })

/** A store of express-session with one session. */
async function oldStore(): Promise<ExpressStore> {
  const store = new compatible.MemoryStore() as unknown as ExpressStore
  const cookie = { originalMaxAge: null, expires: null, path: '/' }
  await new Promise<unknown>((resolve) => store.set('old', { cookie, cart: 'full' } as { cookie: object }, resolve))
  return store
}

/** What people met who run sessions in production, by its kind. */
export const field: Source = {
  title: 'What meets it in production',
  file: 'field.ts',
  requirements: [
    held(
      'cookies of earlier attributes',
      'A change of domain, path or `Partitioned` locks nobody out who still holds a cookie of before.',
      'Two genuine tokens are ambiguous only if both sessions live; `cookie.former` takes the old cookies away. Neighbours: `test/transports/former-cookies.test.ts`.',
      async () => {
        const app = await signedIn()
        await app.alice.run((session) => session.logout())
        app.clock.advance(1)
        await app.alice.run((session) => session.login('alice'))
        const cookie = `${SIGNED_IN}=${app.token}; ${SIGNED_IN}=${app.alice.jar.get(SIGNED_IN)!}`
        expect((await app.sessions.open({ headers: { cookie } }).load()).principal).toBe('alice')
        expect(await principalOf(holding(app, app.token))).toBe(null)
      },
    ),
    held(
      'a cookie that SameSite withholds',
      'The answer to a request of another site, which came without the cookie, does not replace the session.',
      'It begins no anonymous session; the event `withheld` says so. Neighbours: `test/transports/withheld-cookies.test.ts`.',
      async () => {
        const { sessions } = application()
        const request = new Request('https://shop.test/paid', { method: 'POST', headers: { 'Sec-Fetch-Site': 'cross-site' } })
        const response = await sessions.handle(request, (session) => {
          session.flash('ok', 'Paid')
          return new Response('ok')
        })
        expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
      },
    ),
    held(
      'work after the response',
      'What goes on beside a response is not lost where the platform freezes or cancels it.',
      'It is handed to `waitUntil`, or the response waits for it; marks in memory end by themselves. Neighbours: `test/promises/work-after-the-response.test.ts`.',
      async () => {
        const app = await signedIn()
        app.clock.advance('10m')
        const works: Promise<unknown>[] = []
        const headers = { cookie: `${SIGNED_IN}=${app.token}` }
        const handler = async (session: Session): Promise<Response> => Response.json((await session.load()).principal)
        await app.sessions.handle(new Request('https://shop.test/', { headers }), handler, { waitUntil: (work) => works.push(work) })
        expect(works).toHaveLength(1)
        await Promise.all(works)
        expect(app.store.count('touch')).toBe(1)
      },
    ),
    held(
      'targeted caches',
      'No cache keeps a token, whichever header it obeys.',
      'Exactly `no-store`, also in `CDN-Cache-Control`, `Surrogate-Control` and their kin. Neighbours: `test/core/caching.test.ts`, `test/frameworks/everywhere.test.ts`.',
      async () => {
        const { sessions } = application()
        const headers = { 'Cache-Control': 'must-understand, no-store', 'CDN-Cache-Control': 'max-age=600' }
        const response = await sessions.handle(new Request('https://shop.test/'), async (session) => {
          await session.login('alice')
          return new Response('in', { headers })
        })
        expect(['cache-control', 'cdn-cache-control'].map((name) => response.headers.get(name))).toEqual(['no-store', 'no-store'])
      },
    ),
    {
      id: "a client's address",
      text: 'Lists and alarms show the address of the client, and not that of a proxy.',
      verdict: 'by configuration',
      why: 'The settings of Express, Fastify and Koa (`trust proxy`), or the option `address`. Without them it is the address of the connection.',
      test: async () => {
        const { sessions } = application({ address: ({ headers }) => (headers as Headers).get('x-client') })
        await sessions.handle(new Request('https://shop.test/', { headers: { 'x-client': '203.0.113.7' } }), async (session) => {
          await session.login('alice')
          return new Response('in')
        })
        expect((await sessions.of('alice').list())[0]!.address).toBe('203.0.113.7')
      },
    },
    held(
      'hostile sizes',
      'What one client can make a session hold is bounded by bytes.',
      '`maxValueSize` for a value and the messages of a type, `maxRecordSize` for the whole, 1,024 bytes for a principal. Neighbours: `test/core/sizes.test.ts`, `test/interop/pickle-sizes.test.ts`.',
      async () => {
        const { sessions } = application({ maxValueSize: 100, maxRecordSize: 1_000 })
        const flood = client(sessions).run((session) => {
          for (let i = 0; i < 100; i++) session.set(`key ${i}`, 'x'.repeat(50))
        })
        await expect(flood).rejects.toThrow(code('ERR_SESSION_RECORD_SIZE'))
        await expect(client(sessions).run((session) => session.login('x'.repeat(1_025)))).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
      },
    ),
    held(
      'who may write the store',
      'Nobody makes a session, or changes whose it is or what it holds, by writing rows.',
      'A MAC over id, version, principal and content; old secrets verify; what fails is no session, with the event `unreadable`. Neighbours: `test/promises/p5-an-edited-store-is-noticed.test.ts`.',
      async () => {
        const store = memoryStore()
        const { sessions } = application({ store })
        const mallory = client(sessions)
        await mallory.run((session) => session.login('mallory'))
        const call = { now: Date.now(), signal: new AbortController().signal }
        const [row] = (await store.scanner.scan(undefined, 1, call)).records
        await store.delete(row!.id, call)
        await store.create({ ...row!, principal: 'session:admin' }, call)
        const seen: string[] = []
        sessions.on('unreadable', ({ id }) => void seen.push(id!))
        expect((await mallory.run(async (session) => (await session.load()).principal)).result).toBe(null)
        expect(seen).toEqual([row!.id])
      },
    ),
    held(
      'many sign-ins at once',
      'They do not starve what else needs the thread pool, and cost the store little.',
      'Hashes wait in a bounded queue, beyond it 503 with `Retry-After`; attempts at the same moment are counted in one write. Neighbours: `test/auth/hashing.test.ts`, `test/auth/throttle.test.ts`.',
      async () => {
        const app = identity()
        const attempts = Array.from({ length: 50 }, (_, i) => app.auth.authenticate(`name ${i}`, 'x', { address: '192.0.2.1' }))
        await Promise.all(attempts)
        expect(app.store.count() / attempts.length).toBeLessThan(6)
      },
    ),
    held(
      'a shared proof',
      'A sign-in with the old password does not outlive the change of it, whatever objects of users are shared.',
      'The proof is an object of its own, and holds for its own sign-in. Neighbours: `test/auth/proof.test.ts`.',
      async () => {
        const app = identity()
        const alice = await app.add('alice', 'old')
        const stolen = (await app.auth.authenticate('alice', 'old'))!
        await app.auth.changePassword(alice, 'new')
        await app.auth.authenticate('alice', 'new')
        await expect(client(app.sessions).run((session) => app.auth.login(session, stolen))).rejects.toThrow(
          code('ERR_SESSION_LOGIN_REVOKED'),
        )
      },
    ),
    held(
      'a half-finished second factor',
      'It signs nobody in, and no key of the application reaches it (session puzzling).',
      '`auth.challenge` keeps it in a reserved part, with a deadline of its own. Neighbours: `test/auth/challenge.test.ts`.',
      async () => {
        const app = identity()
        await app.add('alice', 'right')
        const browser = client(app.sessions)
        await browser.run(async (session) => app.auth.challenge(session, (await app.auth.authenticate('alice', 'right'))!))
        expect([await principalOf(browser), (await browser.run((session) => app.auth.user(session))).result]).toEqual([null, undefined])
      },
    ),
    held(
      'names that exist',
      'A 429 does not tell who exists.',
      'Names are looked up and counted in one form, `canonicalName`. Neighbours: `test/auth/throttle.test.ts`.',
      async () => {
        const app = identity({ throttle: { account: { failures: 1, per: '1h' } } })
        await app.add('alice', 'right')
        for (const name of ['alice', 'zoe']) {
          await app.auth.authenticate(name, 'x')
          await expect(app.auth.authenticate(` ${name.toUpperCase()}`, 'x')).rejects.toThrow(code('ERR_SESSION_THROTTLED'))
        }
      },
    ),
    held(
      'session data in logs',
      'Errors of a store and printed responses show nothing of what was stored.',
      'Causes lose what client libraries hang on them; a visit prints as itself. Neighbours: `test/promises/no-data-leaks.test.ts`.',
      async () => {
        const { sessions, store } = application()
        store.before('create', ({ args }) => {
          throw Object.assign(new Error('OOM'), { command: { args } })
        })
        const error: unknown = await client(sessions)
          .run((session) => session.set('word', 'open sesame'))
          .catch((reason: unknown) => reason)
        expect(inspect(error, { depth: 9 })).not.toContain('open sesame')
      },
    ),
    held(
      "somebody else's session",
      'Asking to end the session of somebody else touches nothing of it.',
      'Whose it is, is looked at first. Neighbours: `test/core/principal.test.ts`.',
      async () => {
        const app = await signedIn()
        const { id } = await app.alice.open().load()
        expect(await app.sessions.of('mallory').revoke(id!)).toBe(false)
        expect(await principalOf(app.alice)).toBe('alice')
      },
    ),
    held(
      'twins of an adopted session',
      "A copy of another system's cookie, adopted at the same moment, ends with its owner's session.",
      'The end is noted: of the principal at once, of one under way when it is stored, of nobody at its touch. Neighbours: `test/interop/adopt.test.ts`.',
      async () => {
        const { clock, sessions } = application({ adopt: [adoptExpressSession({ secrets: SECRET, store: await oldStore() })] })
        const [owner, thief] = [client(sessions), client(sessions)]
        for (const one of [owner, thief]) one.jar.set('connect.sid', signSessionId('old', SECRET))
        for (const one of [owner, thief]) expect((await one.run((session) => session.get('cart'))).result).toBe('full')
        await owner.run((session) => session.logout())
        clock.advance('5m')
        expect((await thief.run((session) => session.get('cart'))).result).toBe(undefined)
      },
    ),
    {
      id: 'a restored backup',
      text: 'What a backup revives that had ended can be ended by one call.',
      verdict: 'by configuration',
      why: 'Call `sessions.revokeEverything()`; it needs a store that can be walked over. Real engines: `test/stores/revoke-everything.test.ts`.',
      test: async () => {
        const { alice, sessions, store, clock } = await signedIn()
        const call = { now: clock.now(), signal: new AbortController().signal }
        const copy = alice.copy()
        const [record] = (await store.scanner!.scan(undefined, 1, call)).records
        await alice.run((session) => session.logout())
        await store.create(record!, call)
        expect(await principalOf(copy)).toBe('alice')
        expect([await sessions.revokeEverything(), await principalOf(copy)]).toEqual([1, null])
      },
    },
    {
      id: 'a store that is down at the start',
      text: 'A process that cannot keep sessions does not begin to serve.',
      verdict: 'by configuration',
      why: '`await sessions.ready()` fails within one `storeTimeout`, with the cause. Real engines: `test/stores/ready.test.ts`.',
      test: async () => {
        const { sessions, store } = application()
        await sessions.ready()
        store.before('create', () => {
          throw new Error('connect ECONNREFUSED')
        })
        const cause = expect.objectContaining({ message: 'connect ECONNREFUSED' }) as Error
        await expect(sessions.ready()).rejects.toThrow(expect.objectContaining({ code: 'ERR_SESSION_STORE', cause }))
      },
    },
    held(
      'the head of a response',
      'What travels in cookies fits where proxies read the head of a response into 4 KiB.',
      '3,000 characters by default, and then `spill` or a clear error. A real nginx: `test/frameworks/behind-nginx.test.ts`.',
      async () => {
        const sessions = createSessions({ secrets: [SECRET], store: sealedStore() })
        const { setCookies } = await client(sessions).run((session) => session.set('text', 'x'.repeat(1_500)))
        expect(setCookies.join('').length).toBeLessThan(3_500)
        const growing = client(sessions).run((session) => session.set('text', 'x'.repeat(4_000)))
        await expect(growing).rejects.toThrow(code('ERR_SESSION_SEALED_SIZE'))
      },
    ),
    held(
      'thousands of sessions of one principal',
      'They are listed in pages, a limit over them works, and all of them can be ended.',
      'A page costs what is in it; deletions go two hundred at a time, by ids alone where the engine has them. 20,000 on real engines: `test/stores/many-sessions.test.ts`.',
      async () => {
        const { sessions, another } = application()
        for (let i = 0; i < 1_200; i++) await client(sessions).run((session) => session.login('alice'))
        const pages: number[] = []
        for await (const page of sessions.of('alice').pages()) pages.push(page.length)
        expect([pages.length > 1, pages.reduce((sum, length) => sum + length, 0)]).toEqual([true, 1_200])
        expect(await another().of('alice').revokeAll()).toBe(1_200)
      },
    ),
    held(
      'a client of another kind',
      'A client that only looks like the one that a store needs is refused at the start.',
      'The error names what to pass. The real one of Upstash: `test/stores/redis-options.test.ts`.',
      () => {
        const lookalike = { get: () => undefined, evalsha: () => undefined, publish: () => undefined }
        expect(() => redisStore(lookalike as never)).toThrow(code('ERR_SESSION_OPTIONS'))
      },
    ),
    {
      id: 'an old password in an application of express-session',
      text: 'A sign-in whose password was changed while it was under way is none.',
      verdict: 'by configuration',
      why: '`middleware.begin(req, principal)` before the password is checked, and a store of ours. Over HTTP: `examples/guide/express-session`.',
      test: async () => {
        const middleware = compatible({
          secret: SECRET,
          store: memoryStore(),
          principal: ({ user }) => user as string,
          saveUninitialized: false,
        })
        const request = Object.assign(new IncomingMessage(new Socket()), { url: '/' })
        const response = new ServerResponse(request)
        await new Promise((resolve) => middleware(request, response, resolve))
        await middleware.begin(request, 'alice')
        await middleware.sessions.of('alice').revokeAll()
        Object.assign((request as { session?: object }).session!, { user: 'alice' })
        const saving = (request as unknown as { session: { save(): Promise<void> } }).session.save()
        await expect(saving).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
      },
    },
  ],
}
