import { afterEach, describe, expect, test } from 'vitest'
import { createConsole } from '../../src/console/index.ts'
import type { ConsoleOptions } from '../../src/console/index.ts'
import { internalsOf } from '../../src/core/internals.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionEvents, Sessions, SessionsOptions, SessionStore } from '../../src/index.ts'
import { signIn } from '../../src/testing/index.ts'
import { client } from '../_support/client.ts'
import { SECRET, application, code, settled } from '../_support/application.ts'

const ORIGIN = 'https://shop.example'

/** An operator's browser; `accept` of a script is JSON. */
function operator(console: ReturnType<typeof createConsole>, headers: Record<string, string> = {}) {
  const ask = (method: string, path: string, more: Record<string, string>): Promise<Response> =>
    console.fetch(new Request(`${ORIGIN}/console${path}`, { method, headers: { ...headers, ...more } }))
  return {
    ask,
    page: async (path: string): Promise<string> => (await ask('GET', path, { accept: 'text/html' })).text(),
    press: (path: string): Promise<Response> => ask('POST', path, { accept: 'text/html', origin: ORIGIN }),
    json: async (path: string): Promise<unknown> => (await ask('GET', path, {})).json(),
  }
}

const olga: ConsoleOptions = { access: () => 'olga' }

function desk(options: SessionsOptions & { readonly schema?: never } = {}, inner?: SessionStore, given: ConsoleOptions = olga) {
  const { sessions, clock, store, another } = application(options, inner)
  return { sessions, clock, store, another, ...operator(createConsole(sessions, given)) }
}

describe('who may use it', () => {
  test('without an access rule it is not made, except in development', () => {
    expect(() => createConsole(createSessions({ secrets: [SECRET], store: memoryStore() }))).toThrow(code('ERR_SESSION_OPTIONS'))
    expect(createConsole(createSessions({ development: true })).path).toBe('/console')
  })

  test('in development it answers on localhost alone', async () => {
    const console = createConsole(createSessions({ development: true }))
    const statusAt = async (host: string): Promise<number> =>
      (await console.fetch(new Request(`http://${host}/console`, { headers: { accept: 'text/html' } }))).status
    expect(await Promise.all(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'shop.localhost'].map(statusAt))).toEqual([
      200, 200, 200, 200,
    ])
    expect(await Promise.all(['shop.example', 'localhost.evil.example', '127.0.0.1.evil.example'].map(statusAt))).toEqual([403, 403, 403])
  })

  test.each<[what: string, options: object]>([
    ['an unknown option', { ...olga, pathh: '/x' }],
    ['no function', { access: 'olga' }],
    ['a path without a slash', { ...olga, path: 'console' }],
    ['a path with a slash at the end', { ...olga, path: '/console/' }],
    ['a prefix that is an address', { ...olga, prefix: '//evil.example' }],
    ['values that are no boolean', { ...olga, values: 'yes' }],
  ])('%s is refused at the start', (_what, options) => {
    expect(() => createConsole(application().sessions, options as ConsoleOptions)).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('nothing is shown or ended for anybody else', async () => {
    const { sessions, ask } = desk({}, undefined, {
      access: async (_request, session) => ((await session.load()).principal === 'olga' ? 'olga' : undefined),
    })
    const anna = await signIn(sessions, 'anna')
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/sessions/${anna.id}`],
      ['GET', '/sessions?principal=anna'],
      ['GET', '/numbers'],
      ['GET', '/everybody'],
      ['DELETE', `/sessions/${anna.id}`],
      ['DELETE', '/sessions?principal=anna'],
      ['POST', `/sessions/${anna.id}/end`],
      ['POST', '/everybody/end'],
    ] as const) {
      const answer = await ask(method, path, { cookie: anna.cookie, origin: ORIGIN })
      expect(answer.status, `${method} ${path}`).toBe(403)
      expect(await answer.text()).not.toContain(anna.id)
    }
    expect(await sessions.of('anna').list()).toHaveLength(1)
  })

  test('an access rule whose store is down lets nobody in, and says why', async () => {
    const { store, ask } = desk({}, undefined, { access: async (_request, session) => (await session.load()).principal ?? undefined })
    store.before('load', () => Promise.reject(new Error('gone')))
    const { cookie } = { cookie: `__Host-session=${'A'.repeat(64)}` }
    // A forged token asks no store; a genuine one does.
    expect((await ask('GET', '', { cookie })).status).toBe(403)
    const genuine = await signIn(application().sessions, 'olga')
    expect((await ask('GET', '', { cookie: genuine.cookie })).status).toBe(503)
  })
})

describe('changes', () => {
  test('of another site are refused, whichever way they come', async () => {
    const { sessions, ask } = desk()
    const anna = await signIn(sessions, 'anna')
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, {}]) {
      for (const [method, path] of [
        ['POST', `/sessions/${anna.id}/end`],
        ['DELETE', `/sessions/${anna.id}`],
        ['DELETE', '/sessions?principal=anna'],
        ['POST', '/sessions/end?principal=anna'],
        ['POST', '/everybody/end'],
      ] as const) {
        expect((await ask(method, path, headers)).status, JSON.stringify([method, path, headers])).toBe(403)
      }
    }
    expect(await sessions.of('anna').list()).toHaveLength(1)
  })

  test('are told by an event with who did them', async () => {
    const { sessions, press, ask } = desk()
    const told: SessionEvents['operated'][] = []
    sessions.on('operated', (event) => void told.push(event))
    const anna = await signIn(sessions, 'anna')
    for (let i = 0; i < 2; i++) await signIn(sessions, 'boris')
    expect((await press(`/sessions/${anna.id}/end`)).headers.get('location')).toBe('/console/sessions?principal=anna&ended=1')
    expect((await press(`/sessions/${anna.id}/end`)).headers.get('location')).toBe('/console?ended=0')
    expect((await ask('DELETE', '/sessions?principal=boris', { origin: ORIGIN })).status).toBe(200)
    expect(told).toEqual([
      { operator: 'olga', action: 'end', id: anna.id, principal: 'anna', ended: 1 },
      { operator: 'olga', action: 'end-principal', id: undefined, principal: 'boris', ended: 2 },
    ])
  })

  test('a GET changes nothing', async () => {
    const { sessions, ask } = desk()
    const anna = await signIn(sessions, 'anna')
    for (const path of [`/sessions/${anna.id}/end`, '/sessions/end?principal=anna', '/everybody/end']) {
      expect((await ask('GET', path, { accept: 'text/html', origin: ORIGIN })).status).toBe(404)
    }
    expect(await sessions.of('anna').list()).toHaveLength(1)
  })
})

describe('ending everybody', () => {
  test('ends all sessions of this application and no other, and shows how far it is to whoever began it', async () => {
    const store = memoryStore()
    const { sessions, ask, press } = desk({}, store)
    const other = createSessions({ secrets: [SECRET], store, name: 'other', clock: internalsOf(sessions, 'the test').clock })
    for (let i = 0; i < 120; i++) await signIn(sessions, i % 3 === 0 ? null : `user-${i}`, { n: i })
    await signIn(other, 'anna')
    const finished = new Promise<SessionEvents['operated']>((resolve) => sessions.on('operated', resolve))
    const progress = (await press('/everybody/end')).headers.get('location')!
    expect(progress).toMatch(/^\/console\/everybody\/[\w-]{22}$/)
    expect(await finished).toEqual({ operator: 'olga', action: 'end-everybody', id: undefined, principal: null, ended: 120 })
    // The operator's own session may be among them: the page needs none.
    const shown = await ask('GET', progress.slice('/console'.length), { accept: 'text/html' })
    expect(await shown.text()).toContain('120 ended so far')
    expect(await other.of('anna').list()).toHaveLength(1)
    expect((await ask('GET', `/everybody/${'A'.repeat(22)}`, { accept: 'text/html' })).status).toBe(404)
  })

  test('tells where it stopped if the store fails, and can be begun again', async () => {
    const { sessions, store, press, page } = desk()
    for (let i = 0; i < 3; i++) await signIn(sessions, `user-${i}`)
    let isDown = true
    store.before('delete', () => (isDown ? Promise.reject(new Error('gone')) : undefined))
    const told: number[] = []
    sessions.on('operated', ({ ended }) => void told.push(ended))
    const first = (await press('/everybody/end')).headers.get('location')!
    await expect.poll(() => told).toEqual([0])
    expect(await page(first.slice('/console'.length))).toContain('It has stopped before the end')
    isDown = false
    await press('/everybody/end')
    await expect.poll(() => told).toEqual([0, 3])
  })
})

describe('what is shown', () => {
  const secretsOf = async (sessions: Sessions): Promise<{ cookie: string; id: string }> => {
    const signedIn = await signIn(sessions, async (session) => session.login('anna', { stamp: 'the stamp of a password' }), {
      cart: { mug: 2 },
      note: 'a private note',
    })
    return signedIn
  }

  test('keys and sizes, and no value, hash or token', async () => {
    const store = memoryStore()
    const { sessions, page, json } = desk({}, store)
    const { cookie, id } = await secretsOf(sessions)
    const { meta } = (await internalsOf(sessions, 'the test').find(id))!
    const all = [
      await page(`/sessions/${id}`),
      await page('/sessions?principal=anna'),
      JSON.stringify(await json(`/sessions/${id}`)),
      await page(''),
    ]
    expect(all[0]).toContain('cart')
    expect(all[0]).toContain('21 bytes'.replace('21', String('{"mug":2}'.length)))
    const token = /=([\w-]{64})/.exec(cookie)![1]!
    for (const text of all) {
      for (const secret of [token, token.slice(30, 50), meta.current.hash, 'the stamp of a password', 'a private note', SECRET]) {
        expect(text).not.toContain(secret)
      }
    }
  })

  test('values too, if they are switched on, but not our own', async () => {
    const { sessions, page } = desk({}, undefined, { ...olga, values: true })
    const { id } = await signIn(
      sessions,
      async (session) => {
        session.flash('good', 'a private message')
        await session.login('anna')
      },
      { note: 'a private note' },
    )
    const shown = await page(`/sessions/${id}`)
    expect(shown).toContain('&#39;a private note&#39;')
    expect(shown).toContain('flash:good')
    expect(shown).not.toContain('a private message')
  })

  test('who acts for the owner, and why', async () => {
    const { sessions, page, json } = desk()
    const support = client(sessions)
    await support.run((session) => session.login('support'))
    await support.run((session) => session.actAs('anna', { reason: 'a lost parcel' }))
    const [acting] = await sessions.of('anna').list()
    const { id } = acting!
    expect(await page('/sessions?principal=anna')).toContain('support')
    expect(await page(`/sessions/${id}`)).toContain('support: a lost parcel')
    expect(await json(`/sessions/${id}`)).toMatchObject({ principal: 'anna', acting: { actor: 'support', reason: 'a lost parcel' } })
  })

  test('what users and their clients wrote, as text', async () => {
    const { sessions, page } = desk({}, undefined, { ...olga, values: true })
    const evil = `"><script>alert(1)</script>'`
    const { id } = await signIn(sessions, evil, { [evil]: evil })
    internalsOf(sessions, 'the test').events.emit('signInFailed', {
      id: undefined,
      principal: evil,
      name: undefined,
      address: evil,
      reason: 'name',
    })
    for (const text of [
      await page(`/sessions/${id}`),
      await page(`/sessions?principal=${encodeURIComponent(evil)}`),
      await page(''),
      await page(`/sessions?principal=${encodeURIComponent(`${evil}2`)}`),
    ]) {
      expect(text).toContain('&lt;script&gt;')
      expect(text).not.toContain('<script>')
      // Nothing is inline: no handler, no style, no script with a body.
      expect(text).not.toMatch(/<[^>]*\s(style|on\w+)=/)
      expect(text.match(/<script\b[^>]*>/g)).toHaveLength(1)
    }
  })

  test('an id leads to its session, and everything else is a principal', async () => {
    const { sessions, ask } = desk()
    const { id } = await signIn(sessions, 'anna')
    const place = async (q: string): Promise<string | null> =>
      (await ask('GET', `/sessions?q=${encodeURIComponent(q)}`, { accept: 'text/html' })).headers.get('location')
    expect(await place(id)).toBe(`/console/sessions/${id}`)
    expect(await place('anna')).toBe('/console/sessions?principal=anna')
    expect(await place('A'.repeat(22))).toBe(`/console/sessions?principal=${'A'.repeat(22)}`)
    expect(await place('a&b=c')).toBe('/console/sessions?principal=a%26b%3Dc')
    expect(await place('')).toBe('/console')
  })

  test('in English and Russian: as the browser asks, or as somebody chose', async () => {
    const { ask } = desk()
    const titled = async (headers: Record<string, string>): Promise<string | undefined> =>
      /<h1>(.*?)<\/h1>/.exec(await (await ask('GET', '', { accept: 'text/html', ...headers })).text())?.[1]
    expect(await titled({})).toBe('The last hour')
    expect(await titled({ 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.8' })).toBe('Последний час')
    expect(await titled({ 'accept-language': 'de, en;q=0.5, ru;q=0.7' })).toBe('Последний час')
    expect(await titled({ 'accept-language': 'ru', cookie: 'sojourn-console-language=en' })).toBe('The last hour')
    const chosen = await ask('GET', '/everybody?language=ru&x=1', { accept: 'text/html' })
    expect(chosen.headers.get('location')).toBe('/console/everybody?x=1')
    expect(chosen.headers.getSetCookie()).toEqual(['sojourn-console-language=ru; Path=/console; Max-Age=31536000; SameSite=Lax; HttpOnly'])
    expect((await ask('GET', '?language=toString', { accept: 'text/html' })).status).toBe(200)
  })

  test('links begin with the prefix that a proxy cuts off', async () => {
    const { page } = desk({}, undefined, { ...olga, prefix: '/app' })
    expect((await page('')).match(/(href|src|action)="(?!\/app\/console)[^#"]+"/g)).toBeNull()
  })

  test('numbers, also while the store is down', async () => {
    const { sessions, store, page } = desk()
    await signIn(sessions, 'anna')
    store.before('scanner.count', () => Promise.reject(new Error('gone')))
    store.before('load', () => Promise.reject(new Error('gone')))
    const shown = await page('')
    expect(shown).toContain('The store does not answer')
    expect(shown).toMatch(/Sign-ins<\/dt><dd>1</)
    expect(await page(`/sessions/${'A'.repeat(22)}`)).toContain('The store does not answer')
  })
})

describe('the interface for scripts', () => {
  test('has the addresses of an actuator', async () => {
    const { sessions, clock, ask, json } = desk({ idleTimeout: '30m', absoluteTimeout: '1d' })
    const { id } = await signIn(sessions, 'anna', { cart: { mug: 2 } })
    const anna = {
      id,
      principal: 'anna',
      createdAt: clock.now(),
      lastSeenAt: clock.now(),
      authenticatedAt: clock.now(),
      expiresAt: clock.now() + 1_800_000,
      absoluteExpiresAt: clock.now() + 86_400_000,
      persistence: 'normal',
      version: 1,
      generation: 1,
      tokenIssuedAt: clock.now(),
      isTokenPending: false,
      bytes: 13,
      keys: [{ name: 'cart', isOwn: false, bytes: 9 }],
    }
    expect(await json(`/sessions/${id}`)).toEqual(anna)
    expect(await json('/sessions?principal=anna')).toEqual({ isAll: true, sessions: [anna] })
    expect(await json('/sessions?principal=nobody')).toEqual({ isAll: true, sessions: [] })
    expect((await ask('GET', '/sessions', {})).status).toBe(400)
    expect((await ask('DELETE', `/sessions/${id}`, { origin: ORIGIN })).status).toBe(204)
    expect((await ask('DELETE', `/sessions/${id}`, { origin: ORIGIN })).status).toBe(404)
    expect((await ask('GET', `/sessions/${id}`, {})).status).toBe(404)
    expect((await ask('DELETE', '/sessions', { origin: ORIGIN })).status).toBe(400)
    expect(await json('/numbers')).toMatchObject({ live: 0, minutes: [{ created: 1, signedIn: 1, revoked: 1 }] })
    const { minutes } = (await json('/numbers')) as { minutes: [{ storeCalls: number; storeTime: number; slowest: number }] }
    expect(minutes[0].storeCalls).toBeGreaterThan(5)
    expect(minutes[0].slowest).toBeGreaterThan(0)
    expect(minutes[0].slowest).toBeLessThanOrEqual(minutes[0].storeTime)
  })

  test('says what the store cannot do', async () => {
    const { principals: _none, scanner: _neither, ...poor } = poorStore()
    const { ask, page } = desk({}, poor)
    expect((await ask('GET', '/sessions?principal=anna', {})).status).toBe(501)
    expect(await page('/sessions?principal=anna')).toContain('no index by principal')
    expect(await page('/everybody')).toContain('cannot be walked over')
    expect(await page('')).toContain('This store does not count them.')
  })
})

function poorStore(): SessionStore {
  const store = memoryStore()
  return {
    principals: store.principals,
    scanner: store.scanner,
    load: (id, call) => store.load(id, call),
    create: (record, call) => store.create(record, call),
    update: (record, call) => store.update(record, call),
    touch: (id, expiresAt, call) => store.touch(id, expiresAt, call),
    delete: (id, call) => store.delete(id, call),
    close: () => store.close(),
  }
}

describe('several processes', () => {
  let close: (() => Promise<void>) | undefined
  afterEach(() => close?.())

  test('one console shows what happens in another process, if the store has notices', async () => {
    const { another, sessions, json, page } = desk()
    const there = another()
    createConsole(there, olga)
    close = () => sessions.close()
    await settled()
    await signIn(there, 'anna')
    internalsOf(there, 'the test').events.emit('reuse', {
      id: 'A'.repeat(22),
      principal: 'vera',
      address: '198.51.100.7',
      userAgent: undefined,
      knownAddress: undefined,
    })
    await expect.poll(() => json('/numbers')).toMatchObject({ minutes: [{ created: 1, signedIn: 1, alarms: 1 }] })
    expect(await page('')).toContain('A replaced token was used again')
    expect(await page('')).toContain('This process, and all others that share its store.')
  })

  test('what is published in their name is not believed blindly', async () => {
    const store = memoryStore()
    const { sessions, clock, json, page } = desk({}, store)
    close = () => sessions.close()
    await settled()
    const publish = (text: string): Promise<void> => store.notices.publish(text, { now: clock.now(), signal: AbortSignal.timeout(1_000) })
    const at = clock.now() - (clock.now() % 60_000)
    await publish('console/session/not json')
    await publish('console/session/{}')
    await publish(`console/other/${JSON.stringify({ process: 'x', minutes: [{ at, counts: { created: 7 }, slowest: 0 }], entries: [] })}`)
    await publish(
      `console/session/${JSON.stringify({
        process: 'x',
        minutes: [
          { at, counts: { created: 2, signedIn: -5, merged: '9', ['__proto__']: 1 }, slowest: -1 },
          { at: at + 86_400_000, counts: { created: 50 }, slowest: 0 },
        ],
        entries: [{ kind: 'constructor' }, { kind: 'reuse', at: clock.now(), principal: '<b>vera', times: 1, operator: { a: 1 } }],
      })}`,
    )
    expect(await json('/numbers')).toEqual({
      live: 0,
      minutes: [expect.objectContaining({ at, created: 2, signedIn: 0, merged: 0 })],
    })
    expect(await page('')).toContain('&lt;b&gt;vera')
  })
})
