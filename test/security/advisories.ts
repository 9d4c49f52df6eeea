import { mkdtempSync, rmSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { encryptedBodies } from '../../src/core/crypto/body-protection.ts'
import { sealer } from '../../src/core/crypto/encryption.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { createSessions } from '../../src/index.ts'
import type { Session } from '../../src/index.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { application, code, SECRET, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { ANONYMOUS, principalOf, signedIn, SIGNED_IN } from './requirement.ts'
import type { Requirement, Source } from './requirement.ts'

const held = (id: string, text: string, why: string, test: Requirement['test']): Requirement => ({ id, text, verdict: 'held', why, test })

/** A late request that read its session, and writes after `meanwhile`. */
async function late(meanwhile: (session: Session) => unknown): Promise<void> {
  const { sessions, alice, another } = await signedIn()
  const slow = alice.open(another())
  await slow.load()
  slow.set('late', true)
  await alice.run(meanwhile)
  await slow.commit()
  expect(slow.takeHeaders()).toEqual([])
  expect(await sessions.of('alice').list()).toEqual([])
}

const fixation: readonly Requirement[] = [
  held(
    'CVE-2022-25896',
    'passport: the session was not ended at login and logout.',
    'Login replaces the token, logout deletes the record.',
    async () => {
      const { alice } = await signedIn()
      const before = alice.copy()
      await alice.run((session) => session.logout())
      expect(await principalOf(before)).toBe(null)
    },
  ),
  held('CVE-2023-29019', '@fastify/passport: the id was kept over the login.', 'The token is new; the old one is nothing.', async () => {
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 1))
    const planted = browser.copy()
    await browser.run((session) => session.login('alice'))
    expect([await principalOf(planted), await planted.open().get('cart')]).toEqual([null, undefined])
    expect(await principalOf(browser)).toBe('alice')
  }),
  held('CVE-2024-38513', 'Fiber: an id that the client chose was adopted.', 'Ids are made by the server only.', async () => {
    const { sessions } = application()
    const browser = client(sessions, new Map([[ANONYMOUS, 'A'.repeat(64)]]))
    await browser.run((session) => session.set('cart', 1))
    expect(browser.jar.get(ANONYMOUS)).not.toBe('A'.repeat(64))
  }),
  held(
    'GHSA-7ggw-h8pp-r95r',
    'October CMS: an old id was good again after the next login.',
    'A superseded token never comes back.',
    async () => {
      const { alice } = await signedIn()
      const old = alice.copy()
      await alice.run((session) => session.logout())
      await alice.run((session) => session.login('alice'))
      expect(await principalOf(old)).toBe(null)
    },
  ),
  ...['CVE-2023-29020', 'CVE-2022-24895'].map((id, i) =>
    held(
      id,
      `${['@fastify/passport', 'Symfony'][i]}: the CSRF secret survived the login.`,
      'CSRF tokens are bound to the login.',
      async () => {
        const { sessions } = application()
        const browser = client(sessions)
        await browser.run((session) => session.set('cart', 1))
        const { result: before } = await browser.run((session) => session.csrf.token())
        await browser.run((session) => session.login('alice'))
        expect(await browser.open().csrf.verify(before)).toBe(false)
      },
    ),
  ),
]

const dead: readonly Requirement[] = [
  ...(['CVE-2025-32441', 'CVE-2025-46336', 'CVE-2013-10075'] as const).map((id, i) =>
    held(
      id,
      `${['rack', 'rack-session', 'Apache::Session'][i]}: a slow request saved a deleted session again.`,
      'Stores never insert on update.',
      () => late((session) => session.logout()),
    ),
  ),
  held('GHSA-qppm-g56g-fpvp', 'Turbo: a late Set-Cookie brought a stale session back.', 'A dropped write hands out no cookie.', () =>
    late((session) => session.destroy()),
  ),
  held(
    'CVE-2024-35220',
    '@fastify/session: the deadline was made anew at each load.',
    'Deadlines are instants; a read moves none but by a touch, and never one that has passed.',
    async () => {
      const { alice, clock } = await signedIn({ idleTimeout: '30m', absoluteTimeout: '30m' })
      for (let i = 0; i < 3; i++) {
        expect(await principalOf(alice)).toBe('alice')
        await settled()
        clock.advance('10m')
      }
      expect(await principalOf(alice)).toBe(null)
    },
  ),
  held('CVE-2018-1000814', 'aiohttp-session: only the browser kept the deadline.', 'It is sealed in, and checked.', async () => {
    const { sessions, clock } = application({ store: sealedStore() })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    clock.advance('31m')
    expect(await principalOf(browser)).toBe(null)
  }),
  {
    id: 'CVE-2024-31999',
    text: '@fastify/secure-session: a deleted stateless cookie was good for ever.',
    verdict: 'by configuration',
    why: 'Nothing is good for longer than its deadline; `sealedStore({ revocations })` ends copies within `recheck`.',
    async test() {
      const { sessions, clock } = application({ store: sealedStore({ revocations: memoryStore() }) })
      const browser = client(sessions)
      await browser.run((session) => session.login('alice'))
      const copy = browser.copy()
      await browser.run((session) => session.logout())
      clock.advance('31s')
      expect(await principalOf(copy)).toBe(null)
    },
  },
  held(
    'CVE-2023-20862',
    'Spring Security: a logout could not save the empty context.',
    'A logout deletes; there is nothing to save.',
    async () => {
      const { alice, sessions } = await signedIn()
      await alice.run(async (session) => {
        session.set('key', 1)
        await session.logout()
      })
      expect(await sessions.of('alice').list()).toEqual([])
    },
  ),
  held(
    'CVE-2021-34428',
    'Jetty: a listener that threw kept the session alive.',
    'Listeners are called after the deletion, and their errors harm nobody.',
    async () => {
      const { alice, sessions } = await signedIn()
      const copy = alice.copy()
      sessions.on('logout', () => {
        throw new Error('the log is full')
      })
      await alice.run((session) => session.logout())
      expect(await principalOf(copy)).toBe(null)
    },
  ),
]

const caches: readonly Requirement[] = [
  ...(['CVE-2023-30861', 'CVE-2026-27205'] as const).map((id) =>
    held(
      id,
      'Flask: no `Vary: Cookie`, on a refresh or when only keys were looked at.',
      'Any access, also one that found nothing, says so.',
      async () => {
        const { alice, sessions } = await signedIn()
        const looks: ((session: Session) => unknown)[] = [
          (session) => session.has('key'),
          (session) => session.load(),
          (session) => session.takeFlash('note'),
        ]
        for (const look of looks) {
          for (const browser of [alice, client(sessions)]) {
            const { response } = await browser.run(look)
            expect(response.headers.get('vary')).toBe('Cookie')
            expect(response.headers.get('cache-control')).toMatch(/private/)
          }
        }
      },
    ),
  ),
  ...(['CVE-2025-48947', 'CVE-2025-64762'] as const).map((id, i) =>
    held(
      id,
      `${['nextjs-auth0', 'authkit-nextjs'][i]}: Set-Cookie was kept by a shared cache.`,
      '`no-store` with every token, whatever the application said.',
      async () => {
        const { sessions } = application()
        const response = await sessions.handle(new Request('http://shop.test/'), async (session) => {
          await session.login('alice')
          return new Response('ok', { headers: { 'Cache-Control': 'public, s-maxage=600' } })
        })
        expect(response.headers.get('cache-control')).toContain('no-store')
        expect(response.headers.get('cache-control')).not.toMatch(/public|s-maxage/)
      },
    ),
  ),
  held(
    'CVE-2026-82416',
    'FrankenPHP: the id of one request was seen by the next.',
    'A handle belongs to its request object; nothing is kept between two.',
    async () => {
      const { alice, sessions } = await signedIn()
      const inside: (string | null)[] = []
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? alice : client(sessions)).run(async (session) => {
            inside.push((await session.load()).principal)
            await settled()
            inside.push(session.principal)
          }),
        ),
      )
      expect(inside.filter((principal) => principal === 'alice')).toHaveLength(20)
      expect(inside.filter((principal) => principal === null)).toHaveLength(20)
      expect((await sessions.open({ headers: {} }).load()).principal).toBe(null)
    },
  ),
]

const purposes: readonly Requirement[] = [
  held(
    'CVE-2022-46170',
    'CodeIgniter: two session cookies shared one key space.',
    'Tokens are keyed by transport, cookie name and channel.',
    async () => {
      const store = memoryStore()
      const [shop, blog] = [createSessions({ secrets: [SECRET], store }), createSessions({ secrets: [SECRET], store, name: 'blog' })]
      const browser = client(shop)
      await browser.run((session) => session.login('alice'))
      expect(await principalOf(client(blog, new Map([['__Host-blog', browser.jar.get(SIGNED_IN)!]])))).toBe(null)
      expect(await principalOf(client(shop, new Map([[ANONYMOUS, browser.jar.get(SIGNED_IN)!]])))).toBe(null)
    },
  ),
  held(
    'CVE-2011-4136',
    'Django: sessions and the cache of the application shared a namespace.',
    'Ids that the store is asked for come from genuine tokens only, and a body of another application is none.',
    async () => {
      const store = memoryStore()
      const shop = createSessions({ secrets: [SECRET], store })
      const browser = client(shop)
      await browser.run((session) => session.login('alice'))
      const id = (await browser.open().load()).id!
      const call = { now: Date.now(), signal: new AbortController().signal }
      const stored = (await store.load(id, call))!
      await store.update({ ...stored, version: stored.version + 1, body: '{"principal":"admin"}' }, call)
      expect(await principalOf(browser)).toBe(null)
      expect(await createSessions({ secrets: [SECRET], store, name: 'blog' }).revoke(id)).toBe(false)
    },
  ),
  held(
    'CVE-2023-48309',
    'next-auth: a token made for another purpose was taken for a session.',
    'A key of its own for each purpose.',
    () => {
      const secrets = [secretOf(SECRET)]
      const body = encryptedBodies('session', secrets).protect({ head: 'text', tail: [] }, { id: 'id', version: 1, principal: null })
      const [sealed, bound] = [body.slice(2), Buffer.from(JSON.stringify(['id', 1, null]))]
      expect(sealer('sojourn/v1/encrypt/session', secrets).open(sealed, bound)?.text).toBe('text')
      expect(sealer('sojourn/v1/seal/session', secrets).open(sealed, bound)).toBe(undefined)
      expect(encryptedBodies('session', secrets).reveal(body, { id: 'id', version: 1, principal: null })?.text).toBe('text')
    },
  ),
  held(
    'CVE-2025-71402',
    'better-auth: an unsigned cookie named the sessions to delete.',
    'Only what a genuine token names is ended.',
    async () => {
      const { alice, sessions, token } = await signedIn()
      const forged = token.slice(0, 60) + (token.endsWith('AAAA') ? 'BBBB' : 'AAAA')
      await client(sessions, new Map([[SIGNED_IN, forged]])).run((session) => session.logout())
      expect(await principalOf(alice)).toBe('alice')
    },
  ),
]

const stores: readonly Requirement[] = [
  ...(['CVE-2025-61686', 'GO-2024-2730', 'CVE-2018-12538'] as const).map((id, i) =>
    held(
      id,
      `${['React Router', 'gorilla/sessions', 'Jetty'][i]}: an id led out of the folder of a file store.`,
      'The store is asked for well-formed ids of genuine tokens only, and names files itself.',
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'sojourn-security-'))
        try {
          const store = fileStore(join(folder, 'sessions'))
          const sessions = createSessions({ secrets: [SECRET], store })
          const call = { now: Date.now(), signal: new AbortController().signal }
          for (const path of ['../outside', '..%2foutside', '/outside', 'a/../../outside', '..\\outside', 'a\u0000b']) {
            expect((await sessions.open({ headers: { cookie: `${SIGNED_IN}=${path}` } }).load()).isNew).toBe(true)
            expect(await sessions.revoke(path)).toBe(false)
            const record = { id: path, version: 1, expiresAt: call.now + 60_000, retainUntil: call.now + 60_000, principal: null, body: '' }
            await Promise.resolve(store.create(record, call)).catch(() => undefined)
          }
          await sessions.close()
          expect(readdirSync(folder)).toEqual(['sessions'])
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      },
    ),
  ),
  held(
    'CVE-2015-3982',
    'Django: a flush left a session with an empty key.',
    'An ended session leaves nothing, and an empty cookie is none.',
    async () => {
      const { alice, sessions, store } = await signedIn()
      await alice.run((session) => session.logout())
      store.reset()
      expect((await sessions.open({ headers: { cookie: `${SIGNED_IN}=` } }).load()).isNew).toBe(true)
      expect(store.count()).toBe(0)
    },
  ),
  ...(['CVE-2015-5143', 'CVE-2015-5963'] as const).map((id) =>
    held(id, 'Django: anonymous requests, or logouts, filled the store.', 'Nothing is created but by a change or a login.', async () => {
      const { sessions, store } = application()
      for (let i = 0; i < 20; i++) {
        await client(sessions).run(async (session) => (await session.get('key'), session.logout()))
        await client(sessions, new Map([[SIGNED_IN, 'x'.repeat(64)]])).run((session) => session.logout())
      }
      expect(store.count('create')).toBe(0)
    }),
  ),
  held(
    'CVE-2019-16782',
    'Rack: the id in the store could be found by timing.',
    'The lookup is by a public id; the secret is compared as a hash, in constant time, and not stored.',
    async () => {
      const { alice, store, token, clock } = await signedIn()
      const id = (await alice.open().load()).id!
      const stored = await store.load(id, { now: clock.now(), signal: new AbortController().signal })
      const secret = Buffer.from(token, 'base64url').subarray(22, 38)
      expect(Buffer.from(JSON.stringify(stored)).includes(secret.toString('base64url'))).toBe(false)
      expect(JSON.stringify(stored)).not.toContain(token.slice(30, 50))
    },
  ),
  held(
    'CVE-2025-66630',
    'Fiber: a failing random generator was ignored.',
    "Node's throws, and so does the request: no token is made of what it did not fill.",
    async () => {
      const { execFileSync } = await import('node:child_process')
      const script = `
      const crypto = require('node:crypto')
      for (const name of ['randomFillSync', 'randomBytes']) crypto[name] = () => { throw new Error('no entropy') }
      require('node:module').syncBuiltinESMExports()
      import(${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}).then(async ({ createSessions, memoryStore }) => {
        const session = createSessions({ secrets: ['${SECRET}'], store: memoryStore() }).open({ headers: {} })
        await session.login('alice')
        await session.commit()
      }).then(() => console.log('saved'), (error) => console.log(error.message))`
      expect(execFileSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8' }).trim()).toBe('no entropy')
    },
  ),
  held('CVE-2023-20866', 'Spring Session: the header transport printed the id to stdout.', 'Nothing is printed.', async () => {
    const written: unknown[] = []
    const { log, info, error } = console
    const write = process.stdout.write
    try {
      console.log = console.info = console.error = (...args: unknown[]) => void written.push(args)
      process.stdout.write = (chunk: unknown) => written.push(chunk) > 0
      const { sessions } = application({ transport: headerTransport() })
      const session = sessions.open({ headers: {} })
      await session.login('alice')
      await session.commit()
      const token = session.takeHeaders().find(([name]) => name === 'Session-Token')![1]
      await sessions.open({ headers: { authorization: `Bearer ${token}` } }).load()
    } finally {
      Object.assign(console, { log, info, error })
      process.stdout.write = write
    }
    expect(written).toEqual([])
  }),
  held('CVE-2023-23934', 'Werkzeug: a nameless cookie was read as `__Host-`.', 'A nameless cookie is skipped.', async () => {
    const { sessions, token } = await signedIn()
    for (const cookie of [`=${SIGNED_IN}=${token}`, `; =${SIGNED_IN}=${token}`, `a=b; =${SIGNED_IN}=${token}`]) {
      expect((await sessions.open({ headers: { cookie } }).load()).principal).toBe(null)
    }
  }),
  held(
    'CVE-2024-47764',
    'cookie: name, path and domain could smuggle attributes in.',
    'They are checked when the application starts.',
    () => {
      for (const path of ['/; Domain=evil.test', '/\r\nSet-Cookie: a=b', 'shop']) {
        expect(() => cookieTransport({ path })).toThrow(code('ERR_SESSION_OPTIONS'))
      }
      for (const domain of ['shop.test; Secure', 'shop.test\r\n', '.']) {
        expect(() => cookieTransport({ domain })).toThrow(code('ERR_SESSION_OPTIONS'))
      }
      expect(() => application({ name: 'a; b' })).toThrow(code('ERR_SESSION_OPTIONS'))
    },
  ),
  held(
    'CVE-2021-29624',
    'fastify-csrf: the double-submitted value was not bound to the user.',
    'CSRF tokens are bound to their session.',
    async () => {
      const { alice, sessions } = await signedIn()
      const mallory = client(sessions)
      await mallory.run((session) => session.login('mallory'))
      const { result } = await mallory.run((session) => session.csrf.token())
      expect(await mallory.open().csrf.verify(result)).toBe(true)
      expect(await alice.open().csrf.verify(result)).toBe(false)
    },
  ),
]

export const advisories: Source = {
  title: 'Past vulnerabilities of others',
  file: 'advisories.ts',
  requirements: [...fixation, ...dead, ...caches, ...purposes, ...stores],
}
