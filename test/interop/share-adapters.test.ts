/** Saved before the first byte, and never a 200 for a failed save, whichever system keeps the session. */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as expressMiddleware } from '../../src/frameworks/express.ts'
import { session as nodeListener } from '../../src/frameworks/node/index.ts'
import type { SessionSource } from '../../src/index.ts'
import { ForeignSessions } from '../../src/interop/_shared/sessions.ts'
import { ToyStore, storedHome, toyFormat } from './support/formats.ts'

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

describe.each(Object.entries(adapters))('a shared session behind the adapter of %s', (_name, listen) => {
  async function answer(store: ToyStore): Promise<Response> {
    const server = createServer(listen(new ForeignSessions(toyFormat(storedHome(store)))))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    try {
      return await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { connection: 'close' } })
    } finally {
      server.close()
    }
  }

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
