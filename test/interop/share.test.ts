import { beforeEach, describe, expect, test } from 'vitest'
import { SharedSessions } from '../../src/interop/_shared/shared-sessions.ts'
import type { Session } from '../../src/core/session.ts'
import { testClock } from '../../src/testing/clock.ts'
import { HOUR, ToyStore, cookieBackedStorage, storeBackedStorage, toyFormat } from './support/formats.ts'

const clock = testClock(1_800_000_000_000)
let store: ToyStore
let sessions: SharedSessions
let events: string[]

function listen(to: SharedSessions): void {
  events = []
  for (const name of ['created', 'login', 'logout', 'revoked', 'dropped', 'merged', 'refused', 'rotated'] as const)
    to.on(name, () => events.push(name))
}

beforeEach(() => {
  store = new ToyStore()
  sessions = new SharedSessions(toyFormat(storeBackedStorage(store)), { clock })
  listen(sessions)
})

function visit(cookie?: string, of: SharedSessions = sessions): Session {
  return of.open({ headers: cookie === undefined ? {} : { cookie } })
}

/** Returns name and value of the one cookie that a session sends. */
function sent(session: Session): string {
  const headers = session.takeHeaders()
  expect(headers).toHaveLength(1)
  return headers[0]![1].split(';')[0]!
}

function put(key: string, data: object): void {
  store.entries.set(key, { raw: JSON.stringify(data), expiresAt: clock.now() + HOUR })
}

function stored(key: string): unknown {
  return JSON.parse(store.entries.get(key)!.raw)
}

describe('a session of another system in its store', () => {
  test('a visit that does not touch it costs nothing, and a read one call', async () => {
    put('key-7', { theme: 'dark' })
    const session = visit('toy=key-7')
    await session.commit()
    expect(store.calls).toEqual([])
    expect(await session.get('theme')).toBe('dark')
    expect(await session.get('other')).toBeUndefined()
    await session.commit()
    expect(store.calls).toEqual(['load'])
    expect(session.takeHeaders()).toEqual([])
  })

  test('a cookie that cannot be one costs no call, and an unknown one is never taken over', async () => {
    expect(await visit('toy=<script>').get('a')).toBeUndefined()
    expect(store.calls).toEqual([])
    const session = visit('toy=key-99')
    session.set('a', 1)
    await session.commit()
    expect(sent(session)).toBe('toy=key-1')
    expect([...store.entries.keys()]).toEqual(['key-1'])
  })

  test('an anonymous visit creates nothing, and neither does deleting from nothing', async () => {
    const session = visit()
    session.delete('a')
    await session.commit()
    expect(store.entries.size).toBe(0)
    expect(session.takeHeaders()).toEqual([])
  })

  test('what the other side wrote meanwhile survives, and increments are exact', async () => {
    put('key-7', { count: 1 })
    const session = visit('toy=key-7')
    await session.load()
    session.increment('count')
    session.set('mine', true)
    store.meanwhile = () => put('key-7', { count: 10, theirs: 1 })
    await session.commit()
    expect(stored('key-7')).toEqual({ count: 11, theirs: 1, mine: true })
    expect(events).toEqual(['merged'])
  })

  test('fifty parallel requests lose nothing', async () => {
    put('key-7', {})
    const all = Array.from({ length: 50 }, (_, i) => {
      const session = visit('toy=key-7')
      session.set(`key${i}`, i)
      session.increment('count')
      return session.commit()
    })
    await Promise.all(all)
    expect(Object.keys(stored('key-7') as object)).toHaveLength(51)
    expect(stored('key-7')).toMatchObject({ count: 50 })
    expect(store.calls.filter((call) => call === 'replace')).toHaveLength(50)
  })

  test('what nobody changed is written back in its own notation', async () => {
    store.entries.set('key-7', { raw: '{"a":1}', expiresAt: clock.now() + HOUR })
    const session = visit('toy=key-7')
    session.set('a', 1)
    await session.commit()
    expect(store.calls.filter((call) => call === 'replace')).toEqual([])
  })

  test('a session that ended on the other side stays ended', async () => {
    put('key-7', { user: 'ada' })
    const session = visit('toy=key-7')
    await session.load()
    session.set('late', true)
    store.meanwhile = () => store.entries.delete('key-7')
    await session.commit()
    expect(store.entries.size).toBe(0)
    expect(session.takeHeaders()).toEqual([])
    session.set('later', true)
    await session.commit()
    expect(store.entries.size).toBe(0)
    expect(events).toEqual(['dropped', 'dropped'])
  })

  test('a request that was open when the session ended here begins no other', async () => {
    put('key-7', { user: 'ada' })
    const slow = visit('toy=key-7')
    const leaving = visit('toy=key-7')
    await leaving.logout()
    await leaving.commit()
    slow.set('late', true)
    await slow.commit()
    expect(store.entries.size).toBe(0)
    expect(events).toEqual(['logout', 'dropped'])
  })

  test('a request that was open when somebody signed in begins no other', async () => {
    put('key-7', {})
    const slow = visit('toy=key-7')
    const entering = visit('toy=key-7')
    await entering.login('ada')
    await entering.commit()
    slow.set('late', true)
    await slow.commit()
    expect([...store.entries.keys()]).toEqual(['key-1'])
    expect(slow.takeHeaders()).toEqual([])
    expect(events).toEqual(['login', 'dropped'])
  })

  test('setting what was read, after the other side changed it, is a change', async () => {
    put('key-7', { a: 1 })
    const session = await visit('toy=key-7').load()
    put('key-7', { a: 2 })
    session.set('a', 1)
    await session.commit()
    expect(stored('key-7')).toEqual({ a: 1 })
  })

  test('a sign-in moves the data to a new key, and the old one is worth nothing', async () => {
    put('key-7', { cart: [1], secret: 'x' })
    const session = visit('toy=key-7')
    await session.login('ada', { keep: ['cart'] })
    expect(session.principal).toBe('ada')
    await session.commit()
    expect(sent(session)).toBe('toy=key-1')
    expect([...store.entries.keys()]).toEqual(['key-1'])
    expect(stored('key-1')).toEqual({ cart: [1], user: 'ada' })
    expect(events).toEqual(['login'])
    expect(await visit('toy=key-1').load()).toMatchObject({ principal: 'ada' })
  })

  test('a sign-in after a logout elsewhere takes none of the data that ended', async () => {
    put('key-7', { user: 'ada', cart: [1] })
    const session = visit('toy=key-7')
    await session.login('ada')
    store.entries.clear()
    await session.commit()
    expect(stored('key-1')).toEqual({ user: 'ada' })
  })

  test('somebody else who signs in begins a new session', async () => {
    put('key-7', { user: 'ada', cart: [1] })
    const session = visit('toy=key-7')
    await session.login('bob')
    await session.commit()
    expect(sent(session)).toBe('toy=key-1')
    expect(stored('key-1')).toEqual({ user: 'bob' })
    expect(events).toEqual(['logout', 'created', 'login'])
  })

  test('a request that was held open over a change of users writes nothing', async () => {
    put('key-7', { cart: [1] })
    const session = visit('toy=key-7')
    await session.load()
    session.set('cart', ['planted'])
    store.meanwhile = () => put('key-7', { user: 'ada', cart: [1] })
    await expect(session.commit()).rejects.toMatchObject({ code: 'ERR_SESSION_SUPERSEDED' })
    expect(stored('key-7')).toEqual({ user: 'ada', cart: [1] })
  })

  test('a logout ends it for both, takes the cookie away, and what follows is new', async () => {
    put('key-7', { user: 'ada' })
    const session = visit('toy=key-7')
    await session.logout({ clearSiteData: true })
    await session.commit()
    expect(store.entries.size).toBe(0)
    expect(session.takeHeaders().map(([, value]) => value)).toEqual([
      '"cache", "storage"',
      'toy=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; HttpOnly; SameSite=Lax',
    ])
    session.set('a', 1)
    await session.commit()
    expect(sent(session)).toBe('toy=key-1')
  })

  test('rotate gives a new key, and cannot revive', async () => {
    put('key-7', { user: 'ada', a: 1 })
    const session = visit('toy=key-7')
    await session.rotate()
    await session.commit()
    expect(sent(session)).toBe('toy=key-1')
    expect(stored('key-1')).toEqual({ user: 'ada', a: 1 })
    const late = visit('toy=key-1')
    await late.rotate()
    store.entries.clear()
    await expect(late.commit()).rejects.toMatchObject({ code: 'ERR_SESSION_GONE' })
    expect(store.entries.size).toBe(0)
  })

  test('a user the system no longer knows ends the session on sight', async () => {
    const format = toyFormat(storeBackedStorage(store))
    const strict = new SharedSessions({ ...format, principal: { ...format.principal, isStillSignedIn: async () => false } }, { clock })
    put('key-7', { user: 'ada' })
    const session = await visit('toy=key-7', strict).load()
    expect(session.principal).toBeNull()
    expect(store.entries.size).toBe(0)
  })

  test('two different cookies of the name are both refused', async () => {
    put('key-7', { a: 1 })
    put('key-8', { a: 2 })
    expect(await visit('toy=key-7; toy=key-8').get('a')).toBeUndefined()
    expect(events).toEqual(['refused'])
    expect(await visit('toy=key-7; toy=key-7').get('a')).toBe(1)
    expect(await visit('toy=key-7; toy=key-99').get('a')).toBe(1)
    const { length } = store.calls
    expect(await visit(Array.from({ length: 1_000 }, (_, i) => `toy=key-${i}`).join('; ')).get('a')).toBeUndefined()
    expect(store.calls).toHaveLength(length)
  })

  test('flash messages are the system’s own, and each is taken once', async () => {
    const session = visit()
    session.flash('ok', 'Saved')
    session.flash('ok', 'Saved')
    session.flash('no', 'Wrong')
    await session.commit()
    const cookie = sent(session)
    expect(stored('key-1')).toEqual({
      '\u0000messages': [
        ['ok', 'Saved'],
        ['ok', 'Saved'],
        ['no', 'Wrong'],
      ],
    })
    const next = visit(cookie)
    expect(await next.takeFlash('ok')).toEqual(['Saved', 'Saved'])
    expect(await next.takeFlash('ok')).toEqual([])
    expect(next.data).toEqual({})
    await next.commit()
    expect(stored('key-1')).toEqual({ '\u0000messages': [['no', 'Wrong']] })
  })

  test('a lost reply is not applied twice', async () => {
    put('key-7', { count: 1 })
    const session = visit('toy=key-7')
    session.increment('count')
    store.loses = 1
    await session.commit()
    expect(stored('key-7')).toEqual({ count: 2 })
  })

  test('where the system moves the deadline at each visit, a read does so now and then', async () => {
    const moving = new SharedSessions(toyFormat(storeBackedStorage(store), { refreshes: true }), { clock })
    put('key-7', { a: 1 })
    await visit('toy=key-7', moving).get('a')
    expect(store.calls).toEqual(['load'])
    clock.advance(HOUR / 5)
    await visit('toy=key-7', moving).get('a')
    expect(store.calls).toEqual(['load', 'load', 'touch'])
    expect(store.entries.get('key-7')!.expiresAt).toBe(clock.now() + HOUR)
  })

  test('only what the system can hold is accepted, and what is of Sojourn alone is refused', async () => {
    const session = visit()
    expect(() => session.set('when', new Date())).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE' }))
    expect(() => session.set('big', 1n)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE' }))
    await expect(session.login('ada', { stamp: 'x' })).rejects.toMatchObject({ code: 'ERR_SESSION_CAPABILITY' })
    const mute = new SharedSessions(toyFormat(storeBackedStorage(store), { flash: undefined as never }), { clock })
    expect(() => visit(undefined, mute).flash('ok', 'x')).toThrow(expect.objectContaining({ code: 'ERR_SESSION_CAPABILITY' }))
  })

  test('through Fetch the session is saved before the response, with its headers', async () => {
    const response = await sessions.handle(new Request('http://shop.example/'), (session) => {
      session.set('a', 1)
      return new Response('hello')
    })
    expect(store.entries.size).toBe(1)
    expect(response.headers.get('set-cookie')).toBe('toy=key-1; Path=/; HttpOnly; SameSite=Lax')
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.get('cache-control')).toContain('no-store')
  })
})

describe('a session that travels in the cookie', () => {
  let cookieBacked: SharedSessions
  beforeEach(() => {
    cookieBacked = new SharedSessions(toyFormat(cookieBackedStorage, { refreshes: true }), { clock })
  })

  async function made(): Promise<string> {
    const session = visit(undefined, cookieBacked)
    session.set('a', 1)
    await session.commit()
    return sent(session)
  }

  test('comes back as it was, and a change sends it anew', async () => {
    const session = visit(await made(), cookieBacked)
    expect(await session.get('a')).toBe(1)
    await session.commit()
    expect(session.takeHeaders()).toEqual([])
    session.increment('a')
    await session.commit()
    expect(await visit(sent(session), cookieBacked).get('a')).toBe(2)
  })

  test('signs in and out', async () => {
    const session = visit(await made(), cookieBacked)
    await session.login('ada')
    await session.commit()
    const cookie = sent(session)
    const next = await visit(cookie, cookieBacked).load()
    expect(next.principal).toBe('ada')
    await next.logout()
    await next.commit()
    expect(sent(next)).toBe('toy=')
  })

  test('that was signed out while a request was open is not sent by that one', async () => {
    const cookie = await made()
    const slow = visit(cookie, cookieBacked)
    const leaving = visit(cookie, cookieBacked)
    await leaving.logout()
    await leaving.commit()
    slow.set('late', true)
    await slow.commit()
    expect(slow.takeHeaders()).toEqual([])
  })

  test('is taken away when it holds nothing any more', async () => {
    const session = visit(await made(), cookieBacked)
    session.delete('a')
    await session.commit()
    expect(sent(session)).toBe('toy=')
  })

  test('is sent anew when a visit is due to move its deadline, and expires otherwise', async () => {
    const cookie = await made()
    clock.advance(HOUR / 2)
    const session = visit(cookie, cookieBacked)
    await session.get('a')
    await session.commit()
    const renewed = sent(session)
    clock.advance(HOUR * 0.75)
    expect(await visit(cookie, cookieBacked).get('a')).toBeUndefined()
    expect(await visit(renewed, cookieBacked).get('a')).toBe(1)
  })

  test('a cookie that browsers would drop is refused', async () => {
    const session = visit(undefined, cookieBacked)
    session.set('a', 'x'.repeat(4_000))
    await expect(session.commit()).rejects.toMatchObject({ code: 'ERR_SESSION_COOKIE_SIZE' })
  })
})
