/** Middleware that is called without a real response, as at the upgrade of a WebSocket: sessions are read, and saved by hand. */
import { EventEmitter } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createMocks } from 'node-mocks-http'
import { describe, expect, test } from 'vitest'
import { session as expressSession } from '../../../src/frameworks/express.ts'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../../src/index.ts'
import type { Session } from '../../../src/index.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { remoteStore } from '../../_support/remote-store.ts'
import { UpgradeResponse } from './upgrade-response.ts'

const standIns: Readonly<Record<string, (request: IncomingMessage) => object>> = {
  'an empty object': () => ({}),
  'an object with setHeader only': () => ({ setHeader: () => undefined }),
  'an object without setHeader': () => ({ on: () => undefined, end: () => undefined, getHeader: () => undefined }),
  'a response without a socket': (request) => new ServerResponse(request),
  'the response of an upgrade': () => new UpgradeResponse(),
}

describe.each(Object.entries(standIns))('%s', (_name, make) => {
  test.each([
    ['at once', memoryStore],
    ['later', remoteStore],
  ])('with a store that answers %s', async (_when, store) => {
    const sessions = createSessions({ ...PATIENCE, development: true, store: store() })
    const before = sessions.open({ headers: {} })
    before.set('name', 'Ada')
    await before.commit()
    const cookie = before.takeHeaders()[0]![1].split(';')[0]!
    const visits = [
      (request: IncomingMessage, response: ServerResponse, use: (session: Session) => Promise<void>) =>
        new Promise<void>((resolve, reject) => {
          const listener = nodeSession(sessions, (_request, _response, session) => use(session).then(resolve, reject))
          listener(request, response)
        }),
      (request: IncomingMessage, response: ServerResponse, use: (session: Session) => Promise<void>) =>
        new Promise<void>((resolve, reject) => {
          void expressSession(sessions)(request, response, () => void use(sessions.open(request)).then(resolve, reject))
        }),
    ]
    for (const [nth, visit] of visits.entries()) {
      const request = Object.assign(new IncomingMessage(new Socket()), { headers: { cookie } })
      await visit(request, make(request) as ServerResponse, async (session) => {
        expect(await session.get('name')).toBe('Ada')
        session.increment('visits')
        await session.commit()
      })
      expect(await sessions.open({ headers: { cookie } }).get('visits')).toBe(nth + 1)
    }
  })
})

test.each([
  ['at once', memoryStore],
  ['later', remoteStore],
])('the response of an upgrade takes no headers after it, with a store that answers %s', async (_when, store) => {
  const sessions = createSessions({ ...PATIENCE, development: true, store: store() })
  const request = new IncomingMessage(new Socket())
  const response = new UpgradeResponse()
  const opened = await new Promise<Session>((resolve) => {
    nodeSession(sessions, (_request, _response, session) => resolve(session))(request, response as unknown as ServerResponse)
  })
  opened.set('name', 'Ada')
  response.writeHead()
  response.headers = undefined
  expect(await opened.get('name')).toBe('Ada')
  opened.set('name', 'Eve')
  await opened.commit()
  response.end()
  expect(await sessions.open({ headers: { cookie: opened.takeHeaders()[0]![1].split(';')[0]! } }).get('name')).toBe('Eve')
})

test('a stand-in without flushHeaders is sent all the same', async () => {
  const sessions = createSessions({ ...PATIENCE, development: true })
  const { req, res } = createMocks({}, { eventEmitter: EventEmitter })
  const listener = nodeSession(sessions, (_request, response, session) => {
    session.set('name', 'Ada')
    response.flushHeaders()
    response.end('meant')
  })
  listener(req as never, res as never)
  expect([res._getData(), res.getHeader('Cache-Control')]).toEqual(['meant', 'no-store'])
})
