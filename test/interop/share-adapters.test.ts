/** Whichever system keeps the session: it is saved before the first byte, and a failed save is never a 200. */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as expressMiddleware } from '../../src/frameworks/express.ts'
import { session as nodeListener } from '../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionSource } from '../../src/index.ts'
import { adoptable } from '../../src/interop/_shared/adopt.ts'
import { SharedSessions } from '../../src/interop/_shared/shared-sessions.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import { SECRET } from '../_support/application.ts'
import { HOUR, ToyStore, storeBackedStorage, toyFormat } from './support/formats.ts'

const adapters: Readonly<Record<string, (sessions: SessionSource) => RequestListener>> = {
  node: (sessions) =>
    nodeListener(sessions, (_request, response, session) => {
      session.set('a', 1)
      response.end('a body that was written at once')
    }),
  express: (sessions) => {
    const app = express()
    app.use(expressMiddleware(sessions))
    app.get('/', (req, res) => {
      sessions.open(req).set('a', 1)
      res.send('a body that was written at once')
    })
    app.use(((_error, _req, res, _next) => res.sendStatus(500)) as express.ErrorRequestHandler)
    return app
  },
}

async function ask(listener: RequestListener, cookie = ''): Promise<Response> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { connection: 'close', cookie } })
  } finally {
    server.close()
  }
}

describe.each(Object.entries(adapters))('a shared session behind the adapter of %s', (_name, listen) => {
  const answer = (store: ToyStore): Promise<Response> => ask(listen(new SharedSessions(toyFormat(storeBackedStorage(store)))))

  test('is stored when the client sees its cookie', async () => {
    const store = new ToyStore()
    const response = await answer(store)
    expect([response.status, response.headers.getSetCookie()]).toEqual([200, ['toy=key-1; Path=/; HttpOnly; SameSite=Lax']])
    expect([response.headers.get('vary'), response.headers.get('cache-control')]).toEqual(['Cookie', expect.stringContaining('no-store')])
    expect([...store.entries.keys()]).toEqual(['key-1'])
  })

  test('that cannot be saved is a 500 without a cookie', async () => {
    const store = new ToyStore()
    store.create = async () => {
      throw new Error('down')
    }
    const response = await answer(store)
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
  })
})

describe.each(Object.entries(adapters))('an adopted session behind the adapter of %s', (_name, listen) => {
  async function adopted(isDown: boolean): Promise<readonly [Response, records: number, left: number]> {
    const clock = testClock()
    const foreign = new ToyStore()
    foreign.entries.set('key-7', { raw: '{"user":"ada"}', expiresAt: clock.now() + HOUR })
    let records = 0
    const store = scriptedStore(memoryStore())
    store.before('create', () => {
      if (isDown) throw new Error('down')
      records++
    })
    const sessions = createSessions({ secrets: [SECRET], store, clock, adopt: [adoptable(toyFormat(storeBackedStorage(foreign)))] })
    return [await ask(listen(sessions), 'toy=key-7'), records, foreign.entries.size]
  }

  test('is stored when the client sees its token, and the old one is left until the token comes back', async () => {
    const [response, records, left] = await adopted(false)
    expect([response.status, records, left]).toEqual([200, 1, 1])
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=/)])
    expect(response.headers.get('cache-control')).toContain('no-store')
  })

  test('that cannot be saved is a 500 without a cookie, and the old one is left', async () => {
    const [response, , left] = await adopted(true)
    expect([response.status, response.headers.getSetCookie(), left]).toEqual([500, [], 1])
  })
})
