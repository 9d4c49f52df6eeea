import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Live, RequestLike, SessionStore } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { scriptedStore, signIn } from '../../src/testing/index.ts'
import { SECRET, application, code, stopAt } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'

/** A store that other processes have to ask. */
function silent(): SessionStore {
  const { notices: _, ...others } = scriptedStore(memoryStore())
  return others
}

interface Watching extends Application {
  readonly headers: { readonly cookie: string }
  readonly id: string
  readonly live: Live
}

async function watching(inner: SessionStore = memoryStore(), liveInterval = 10): Promise<Watching> {
  const app = application({ liveInterval, idleTimeout: '30m' }, inner)
  const { headers, id } = await signIn(app.sessions, 'ada')
  const live = await app.sessions.open({ headers }).live()
  // It looks once by itself; what the tests do comes after that.
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  return { ...app, headers, id, live }
}

async function ended(live: Live): Promise<unknown> {
  if (!live.signal.aborted) await once(live.signal, 'abort')
  expect(live.signal.reason).toMatchObject({ code: 'ERR_SESSION_GONE' })
  return live.ended
}

// Without notices the others look often; with them they look so seldom that a test would not wait for it.
describe.each([
  ['with notices', memoryStore, 60_000],
  ['by polling', silent, 10],
] as const)('an open connection hears of it, %s', (_how, make, interval) => {
  test('when its session is revoked by another process', async () => {
    const { live, another, id } = await watching(make(), interval)
    await another().revoke(id)
    expect(await ended(live)).toBe('revoked')
  })

  test('when all sessions of the principal are', async () => {
    const { live, another } = await watching(make(), interval)
    await another().of('ada').revokeAll()
    expect(await ended(live)).toBe('revoked')
  })

  test('when somebody logs out elsewhere', async () => {
    const { live, another, headers } = await watching(make(), interval)
    const visit = another().open({ headers })
    await visit.logout()
    await visit.commit()
    expect(await ended(live)).toBe('revoked')
  })

  test('when a login gave the session a new token', async () => {
    const { live, another, headers } = await watching(make(), interval)
    const visit = another().open({ headers })
    await visit.login('ada')
    await visit.commit()
    expect(await ended(live)).toBe('superseded')
  })

  test('each of several connections', async () => {
    const { live, sessions, headers, another, id } = await watching(make(), interval)
    const second = await sessions.open({ headers }).live()
    await another().revoke(id)
    expect([await ended(live), await ended(second)]).toEqual(['revoked', 'revoked'])
  })
})

test('it hears of the end of its time', async () => {
  const { live, clock } = await watching()
  clock.advance('31m')
  expect(await ended(live)).toBe('expired')
})

test('touching it moves that end, and asks the store once in a tenth of the timeout', async () => {
  const { live, clock, store, sessions, headers } = await watching()
  clock.advance('20m')
  for (let message = 0; message < 5; message++) live.touch()
  await expect.poll(() => store.count('touch')).toBe(1)
  clock.advance('20m')
  expect((await sessions.open({ headers }).load()).principal).toBe('ada')
  expect(live.ended).toBeUndefined()
})

test('a visit elsewhere moves it, too', async () => {
  const { live, clock, another, headers, store } = await watching(silent(), 60_000)
  clock.advance('20m')
  const touched = new Promise((resolve) => store.after('touch', resolve))
  await another().open({ headers }).load()
  await touched
  clock.advance('20m')
  expect((await another().open({ headers }).load()).principal).toBe('ada')
  expect(live.ended).toBeUndefined()
})

test('a change of data ends nothing', async () => {
  const { live, another, headers, store } = await watching()
  const visit = another().open({ headers })
  visit.set('cart', ['tea'])
  await visit.commit()
  await looked(store)
  expect(live.ended).toBeUndefined()
})

test('a lost notice is made up for', async () => {
  const { live, another, id, store } = await watching()
  store.before('notices.publish', () => {
    throw new Error('nobody is there')
  })
  await another().revoke(id)
  expect(await ended(live)).toBe('revoked')
})

test('a store whose notices cannot be had is polled', async () => {
  const app = application({ liveInterval: 10 })
  app.store.before('notices.subscribe', () => {
    throw new Error('nobody is there')
  })
  const { headers, id } = await signIn(app.sessions, 'ada')
  const live = await app.sessions.open({ headers }).live()
  await app.another().revoke(id)
  expect(await ended(live)).toBe('revoked')
})

test('notices that could not be had are asked for again', async () => {
  const app = application({ liveInterval: 10 })
  app.store.before('notices.subscribe', ({ nth }) => {
    if (nth === 1) throw new Error('nobody is there')
  })
  const { headers } = await signIn(app.sessions, 'ada')
  const again = new Promise((resolve) => app.store.after('notices.subscribe', resolve))
  await app.sessions.open({ headers }).live()
  await again
  expect(app.store.count('notices.subscribe')).toBe(2)
})

test('what happens while it is being looked at is looked at again', async () => {
  const { live, another, id, store } = await watching(memoryStore(), 60_000)
  const stop = stopAt()
  store.reset()
  store.after('load', stop.hook)
  await store.notices!.publish(id, { now: 0, signal: new AbortController().signal })
  await stop.reached
  await another().revoke(id)
  stop.release()
  expect(await ended(live)).toBe('revoked')
})

test('a store that is down ends nothing, and what ended meanwhile is found when it is back', async () => {
  const { live, store, sessions, id } = await watching(silent())
  const failed = new Promise((resolve) => void sessions.on('storeError', resolve))
  store.before('load', () => {
    throw new Error('down')
  })
  await failed
  expect(live.ended).toBeUndefined()
  await store.delete(id, { now: 0, signal: new AbortController().signal })
  store.before('load')
  expect(await ended(live)).toBe('revoked')
})

test('it ends between the reading and the watching', async () => {
  const { sessions, another, headers, id } = await watching(memoryStore(), 60_000)
  const visit = await sessions.open({ headers }).load()
  await another().revoke(id)
  expect(await ended(await visit.live())).toBe('revoked')
})

test('one that was closed hears nothing, while another does', async () => {
  const { live, another, id, sessions, headers } = await watching()
  const second = await sessions.open({ headers }).live()
  live.close()
  await another().revoke(id)
  expect(await ended(second)).toBe('revoked')
  expect([live.ended, live.signal.aborted]).toEqual([undefined, false])
})

test.each([
  ['Fetch', leftByFetch],
  ['HTTP/1', leftByHttp1],
  ['HTTP/2', leftByHttp2],
])('a client that has left is not watched: nobody would stop it (%s)', async (_protocol, left) => {
  const { live, another, id, sessions, headers } = await watching()
  const late = await sessions.open(await left(headers.cookie)).live()
  await another().revoke(id)
  expect(await ended(live)).toBe('revoked')
  expect([late.ended, late.signal.aborted]).toEqual([undefined, false])
})

test('there must be a session to watch', async () => {
  await expect(application().sessions.open({ headers: {} }).live()).rejects.toThrow(code('ERR_SESSION_GONE'))
  const sealed = createSessions({ secrets: [SECRET], store: sealedStore() })
  const { headers } = await signIn(sealed, 'ada')
  await expect(sealed.open({ headers }).live()).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
})

/** Twice, so that a look that was under way counts for nothing. */
async function looked(store: Application['store']): Promise<void> {
  for (let look = 0; look < 2; look++) await new Promise((resolve) => store.after('load', resolve))
}

async function leftByFetch(cookie: string): Promise<RequestLike> {
  return new Request('https://shop.test/', { headers: { cookie }, signal: AbortSignal.abort() })
}

async function leftByHttp1(cookie: string): Promise<RequestLike> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const asked = request({ host: '127.0.0.1', port, headers: { cookie } }).on('error', () => undefined)
  asked.end()
  const [incoming, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  asked.destroy()
  await once(response, 'close')
  server.close()
  return incoming
}

async function leftByHttp2(cookie: string): Promise<RequestLike> {
  const server = createHttp2Server()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const asked = client.request({ cookie })
  const [incoming, response] = (await once(server, 'request')) as [Http2ServerRequest, Http2ServerResponse]
  asked.close()
  await once(response, 'close')
  // The connection stays.
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  return incoming
}
