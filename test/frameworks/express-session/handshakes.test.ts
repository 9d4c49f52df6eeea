/** Where there is a request and no response: handshakes of WebSockets, as the examples of `ws` and socket.io write them. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import theirs from 'express-session'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import ours from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import type { AnyRequest } from './behaviours.ts'
import { browser } from './browser.ts'
import { UpgradeResponse } from '../node/upgrade-response.ts'

type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void
type Opened = { request: AnyRequest & IncomingMessage }

const OPTIONS: CompatSessionOptions = { secret: 'keyboard cat', resave: false, saveUninitialized: false, cookie: { secure: false } }

const libraries: Readonly<Record<string, () => Middleware>> = {
  'express-session itself': () => theirs(OPTIONS as Parameters<typeof theirs>[0]) as unknown as Middleware,
  'in its form': () => ours(OPTIONS),
  'with a store of ours': () => ours({ ...OPTIONS, store: memoryStore() }),
}

vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)

async function serveWith(
  middleware: Middleware,
): Promise<{ server: ReturnType<typeof createServer>; port: number; close(): Promise<void> }> {
  const app = express()
  app.use(middleware as never)
  app.get('/login', (req, res) => {
    Object.assign(req.session, { user: 'ada' })
    res.end()
  })
  app.get('/show', (req, res) => void res.json({ ...(req.session as object), cookie: undefined }))
  app.get('/logout', (req, res) => void req.session.destroy(() => res.end()))
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

describe.each(Object.entries(libraries))('%s', (name, make) => {
  test('ws: the session of an upgrade is read with no response, and saved', async () => {
    const middleware = make()
    const site = await serveWith(middleware)
    const sockets = new WebSocketServer({ noServer: true })
    site.server.on('upgrade', (request, socket, head) => {
      middleware(request, {} as ServerResponse, () => {
        const { session } = request as AnyRequest & IncomingMessage
        if (session['user'] === undefined) {
          socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
          return
        }
        sockets.handleUpgrade(request, socket, head, (client) => {
          client.on('message', (text: Buffer) => {
            session['said'] = text.toString()
            session.save((error) =>
              client.send(
                error ? String(error) : `${session['user']} ${session.id === (request as AnyRequest & IncomingMessage).sessionID}`,
              ),
            )
          })
        })
      })
    })
    try {
      const visitor = browser(site.port)
      expect(await outcomeOf(site.port, '')).toBe('refused')
      expect(await outcomeOf(site.port, 'connect.sid=s%3Aforged.xx; connect-sid=forged')).toBe('refused')
      await visitor.get('/login')
      expect(await outcomeOf(site.port, visitor.cookies())).toBe('ada true')
      expect((await visitor.get('/show')).body).toBe('{"user":"ada","said":"hello"}')
      await visitor.get('/logout')
      expect(await outcomeOf(site.port, visitor.cookies())).toBe('refused')
    } finally {
      sockets.close()
      await site.close()
    }
  })

  test.each(['websocket', 'polling'] as const)('socket.io: io.engine.use, by %s', async (transport) => {
    const middleware = make()
    const site = await serveWith(middleware)
    const server = new Server(site.server)
    server.engine.use(middleware)
    server.on('connection', (socket) => {
      const { request } = socket as unknown as Opened
      void socket.join(request.session.id)
      socket.on('count', (done: (count: unknown) => void) => {
        request.session.reload((error) => {
          if (error) return done('no session')
          request.session['count'] = (request.session['count'] ?? 0) + 1
          request.session.save(() => done([request.session['count'], request.session['user']]))
        })
      })
    })
    try {
      const stranger = await connected(site.port, transport, '')
      expect(await stranger.emitWithAck('count')).toBe('no session')
      stranger.close()
      const visitor = browser(site.port)
      await visitor.get('/login')
      const socket = await connected(site.port, transport, visitor.cookies())
      expect([await socket.emitWithAck('count'), await socket.emitWithAck('count')]).toEqual([
        [1, 'ada'],
        [2, 'ada'],
      ])
      socket.close()
      expect(JSON.parse((await visitor.get('/show')).body)).toEqual({ user: 'ada', count: 2 })
    } finally {
      await server.close()
    }
  })

  test('socket.io: a refusal before the handshake', async () => {
    const middleware = make()
    const site = await serveWith(middleware)
    const server = new Server(site.server)
    server.engine.use(middleware)
    server.engine.use((req: AnyRequest, res: ServerResponse, next: () => void) => {
      if (req.session['user']) return next()
      res.writeHead(401)
      res.end()
    })
    try {
      const socket = io(`http://127.0.0.1:${site.port}`, { transports: ['websocket'], reconnection: false, forceNew: true })
      await new Promise((resolve) => socket.once('connect_error', resolve))
      socket.close()
      expect((await browser(site.port).get('/show')).body).toBe('{}')
    } finally {
      await server.close()
    }
  })

  test('io.use: a middleware of sockets, with an object for a response', async () => {
    const middleware = make()
    const site = await serveWith(middleware)
    const server = new Server(site.server)
    server.use((socket, next) => middleware(socket.request, {} as ServerResponse, next as never))
    server.on('connection', (socket) => {
      const { request } = socket as unknown as Opened
      socket.on('who', (done: (who: unknown) => void) => done(request.session['user'] ?? null))
    })
    try {
      const visitor = browser(site.port)
      await visitor.get('/login')
      for (const [cookies, who] of [
        [visitor.cookies(), 'ada'],
        ['', null],
      ] as const) {
        const socket = await connected(site.port, 'websocket', cookies)
        expect(await socket.emitWithAck('who')).toBe(who)
        socket.close()
      }
    } finally {
      await server.close()
    }
  })

  test('what needs a cookie says so, and ends nothing', async () => {
    const middleware = make()
    const warn = vi.spyOn(process, 'emitWarning')
    warn.mockClear()
    const request = { headers: {}, url: '/', method: 'GET', socket: {}, connection: {} } as unknown as AnyRequest & IncomingMessage
    await new Promise<void>((resolve, reject) => {
      middleware(request, {} as ServerResponse, (error) =>
        error ? reject(error instanceof Error ? error : new Error('failed')) : resolve(),
      )
    })
    request.session['a'] = 1
    await new Promise<void>((resolve, reject) => {
      request.session.save((error) => (error ? reject(error) : resolve()))
    })
    await new Promise<void>((resolve, reject) => {
      request.session.regenerate((error) => (error ? reject(error) : resolve()))
    })
    await new Promise<void>((resolve, reject) => {
      request.session.destroy((error) => (error ? reject(error) : resolve()))
    })
    expect(request.session).toBeUndefined()
    if (name !== 'express-session itself') warnings.push(...warn.mock.calls.map(([text]) => String(text)))
  })
})

test.each(Object.entries(libraries).slice(1))('%s: a response of an upgrade that has events ends nothing', async (_name, make) => {
  const rejected = vi.fn<(error: unknown) => void>()
  process.on('unhandledRejection', rejected)
  try {
    const request = { headers: {}, url: '/', method: 'GET', socket: {}, connection: {} } as unknown as AnyRequest & IncomingMessage
    const response = new UpgradeResponse()
    await new Promise<void>((resolve) => {
      make()(request, response as unknown as ServerResponse, () => resolve())
    })
    request.session['user'] = 'ada'
    response.writeHead()
    response.headers = undefined
    await new Promise<void>((resolve, reject) => {
      request.session.save((error) => (error ? reject(error) : resolve()))
    })
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    expect(rejected).not.toHaveBeenCalled()
  } finally {
    process.off('unhandledRejection', rejected)
  }
})

const warnings: string[] = []

test('a session that was begun without a response was warned of once', () => {
  expect(warnings.filter((text) => text.includes('no response can carry its cookie'))).toHaveLength(1)
})

function outcomeOf(port: number, cookie: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { headers: { cookie } })
    socket.on('open', () => socket.send('hello'))
    socket.on('message', (text: Buffer) => {
      resolve(text.toString())
      socket.close()
    })
    socket.on('error', () => resolve('refused'))
  })
}

async function connected(port: number, transport: 'websocket' | 'polling', cookie: string): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: [transport], extraHeaders: { cookie }, forceNew: true, reconnection: false })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}
