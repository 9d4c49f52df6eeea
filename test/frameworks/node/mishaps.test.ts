/** What goes wrong around a held response, over HTTP/1 and HTTP/2, with a store that answers at once and one that answers later. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import type { ErrorHandler, NodeHandler } from '../../../src/frameworks/node/index.ts'
import { createSessions, isSojournError, memoryStore } from '../../../src/index.ts'
import type { Sessions } from '../../../src/index.ts'
import { scriptedStore } from '../../../src/testing/index.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { remoteStore } from '../../_support/remote-store.ts'
import { protocols } from '../wire/protocols.ts'
import type { Running } from '../wire/protocols.ts'

const stores = { 'at once': memoryStore, later: remoteStore } as const

const messageOf = (error: unknown): string => (isSojournError(error) ? error.code : (error as Error).message)

/** What an application's error handler does. */
function sorry(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.statusCode = 500
  response.end(messageOf(error))
}

/** A body in chunks, which trailers could follow. */
const inPieces: ErrorHandler = (error, _request, response) => {
  response.write('so ')
  response.end(messageOf(error))
}

const byTheHandler = (): never => {
  throw new Error('by the handler')
}

describe.each(['HTTP/1', 'HTTP/2'] as const)('%s', (protocol) => {
  describe.each(['at once', 'later'] as const)('a store that answers %s', (when) => {
    const store = scriptedStore(stores[when](), { replies: 'certain' })
    const sessions: Sessions = createSessions({ ...PATIENCE, development: true, store })

    const serve = (handler: NodeHandler<Record<string, unknown>>, onError: ErrorHandler = sorry): Promise<Running> =>
      protocols[protocol](
        nodeSession(
          sessions,
          (request, response, session) => (request.url === '/after' ? void response.end('after') : handler(request, response, session)),
          onError,
        ),
      )

    /** What the session of the client that got the response holds. */
    const saved = (response: Response): Promise<unknown> =>
      sessions.open({ headers: { cookie: response.headers.getSetCookie()[0]!.split(';')[0]! } }).get('name')

    /** Runs while the store is down. */
    async function down<T>(run: () => Promise<T>): Promise<T> {
      store.before('create', () => {
        throw new Error('The disk is full.')
      })
      try {
        return await run()
      } finally {
        store.before('create')
      }
    }

    /** The connection carries the next exchange, and nothing was wrong on the wire. */
    async function expectWell(server: Running): Promise<void> {
      expect(await (await server.ask('/after')).text()).toBe('after')
      expect(server.violations).toEqual([])
    }

    test.each([
      ['before any change', byTheHandler],
      [
        'after a change',
        (request) => {
          sessions.open(request).set('name', 'Grace')
          byTheHandler()
        },
      ],
      [
        'after a change, in a promise',
        async (request) => {
          sessions.open(request).set('name', 'Grace')
          await delay(1)
          byTheHandler()
        },
      ],
    ] satisfies [string, NodeHandler<Record<string, unknown>>][])(
      'a handler that throws %s: what its error page changes is saved with it',
      async (_name, handler) => {
        await using server = await serve(handler, (error, request, response) => {
          sessions.open(request).set('name', 'Ada')
          sorry(error, request, response)
        })
        const response = await server.ask()
        expect([response.status, await response.text()]).toEqual([500, 'by the handler'])
        expect(await saved(response)).toBe('Ada')
        await expectWell(server)
      },
    )

    test('an error page for a failed save cannot change the session, and is sent', async () => {
      const codes: string[] = []
      await using server = await serve(
        (_request, response, session) => {
          session.set('name', 'Ada')
          response.end('meant')
        },
        (error, request, response) => {
          try {
            sessions.open(request).set('name', 'Grace')
          } catch (another) {
            codes.push(messageOf(another))
          }
          sorry(error, request, response)
        },
      )
      const response = await down(async () => server.ask())
      expect([response.status, await response.text(), codes]).toEqual([500, 'ERR_SESSION_STORE', ['ERR_SESSION_COMMITTED']])
      await expectWell(server)
    })

    test('an error page that takes its time, and ends with its body', async () => {
      await using server = await serve(
        (_request, response, session) => {
          session.set('name', 'Ada')
          response.end('meant')
        },
        async (error, request, response) => {
          await delay(2)
          sorry(error, request, response)
        },
      )
      const response = await down(async () => server.ask())
      expect([response.status, await response.text()]).toEqual([500, 'ERR_SESSION_STORE'])
      await expectWell(server)
    })

    test.each([
      ['throws', byTheHandler],
      ['rejects', async (): Promise<never> => byTheHandler()],
    ] satisfies [string, ErrorHandler][])(
      'an error handler that %s is told to the process, and the client gets a plain 500',
      async (_name, onError) => {
        const warnings: Error[] = []
        const warned = (warning: Error): void => void warnings.push(warning)
        process.on('warning', warned)
        await using server = await serve((_request, response, session) => {
          session.set('name', 'Ada')
          response.end('meant')
        }, onError)
        const response = await down(async () => server.ask())
        expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
        expect(response.headers.get('cache-control')).toBe('no-store')
        await expect
          .poll(() => warnings.map(({ message }) => message))
          .toContain('The error path of a response failed itself: by the handler')
        process.off('warning', warned)
        await expectWell(server)
      },
    )

    test('a length, a status without a body and a message, of a response that was meant, do not come with the error page', async () => {
      const meant: ((response: ServerResponse) => void)[] = [
        (response) => {
          response.statusMessage = 'Fine'
          response.setHeader('Content-Length', 5).end('meant')
        },
        (response) => {
          response.setHeader('Content-Length', 5)
          response.end('meant')
        },
        (response) => {
          response.writeHead(200, { 'Content-Length': 5 })
          response.end('meant')
        },
        (response) => {
          response.writeHead(204)
          response.end()
        },
        (response) => {
          response.writeHead(304, { ETag: '"a"' })
          response.end()
        },
      ]
      for (const send of protocol === 'HTTP/2' ? meant.slice(1) : meant) {
        await using server = await serve((_request, response, session) => {
          session.set('name', 'Ada')
          send(response)
        }, inPieces)
        const response = await down(async () => server.ask())
        expect([response.status, await response.text()]).toEqual([500, 'so ERR_SESSION_STORE'])
        expect(response.statusText).toBe(protocol === 'HTTP/1' ? 'Internal Server Error' : '')
        await expectWell(server)
      }
    })

    test('trailers come with the response that was meant, and not with the error page', async () => {
      const trailers: unknown[] = []
      await using server = await serve((_request, response, session) => {
        session.set('name', 'Ada')
        response.setHeader('Trailer', 'X-Sum')
        response.write('meant')
        response.addTrailers({ 'X-Sum': '1' })
        response.end()
      }, inPieces)
      const response = await server.ask('/', {}, (lines) => trailers.push(lines))
      expect([await response.text(), await saved(response)]).toEqual(['meant', 'Ada'])
      const failed = await down(async () => server.ask('/', {}, (lines) => trailers.push(lines)))
      expect([failed.status, await failed.text(), failed.headers.get('trailer')]).toEqual([500, 'so ERR_SESSION_STORE', null])
      expect(trailers).toEqual([{ 'x-sum': '1' }])
      await expectWell(server)
    })

    test('early hints go out before the save, and a second time only as node allows', async () => {
      await using server = await serve((_request, response, session) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        session.set('name', 'Ada')
        response.writeEarlyHints({ link: '</b.css>; rel=preload' })
        response.end('meant')
      })
      const response = await server.ask()
      expect([response.status, await response.text(), await saved(response)]).toEqual([200, 'meant', 'Ada'])
      await expectWell(server)
    })

    test.each([
      ['the response', (response: ServerResponse) => void response.destroy()],
      ['the socket', (response: ServerResponse) => void response.socket!.destroy()],
    ])('%s is destroyed while it is held: nothing is sent, and what was changed is saved', async (_name, destroy) => {
      let id = ''
      await using server = await serve(async (_request, response, session) => {
        session.set('name', 'Ada')
        await session.load()
        const arrived = new Promise<void>((resolve) => {
          store.after('create', ({ args }) => {
            id = (args[0] as { id: string }).id
            resolve()
          })
        })
        response.write('half')
        destroy(response)
        response.end('meant')
        await arrived
        store.after('create')
      })
      expect((await server.ask()).status).toBe(0)
      expect(id).not.toBe('')
      expect(await store.load(id, { signal: new AbortController().signal } as never)).toBeTruthy()
    })

    test('a session that was changed after the response has begun is refused, and the response is whole', async () => {
      const codes: string[] = []
      await using server = await serve((_request, response, session) => {
        response.write('half ')
        try {
          session.set('name', 'Ada')
        } catch (error) {
          codes.push(messageOf(error))
        }
        response.end('whole')
      })
      expect(await (await server.ask()).text()).toBe('half whole')
      expect(codes).toEqual(['ERR_SESSION_HEADERS_SENT'])
      await expectWell(server)
    })
  })
})

test('HTTP/2: a stream is not answered past the hold, by whatever method', async () => {
  const sessions = createSessions({ ...PATIENCE, development: true })
  const calls = {
    respond: (stream: Stream) => stream.respond({ ':status': 200 }),
    respondWithFile: (stream: Stream) => stream.respondWithFile(import.meta.filename),
    respondWithFD: (stream: Stream) => stream.respondWithFD(0),
    write: (stream: Stream) => stream.write('meant'),
    end: (stream: Stream) => stream.end('meant'),
  }
  for (const [name, call] of Object.entries(calls)) {
    await using server = await protocols['HTTP/2'](
      nodeSession(
        sessions,
        (_request, response, session) => {
          session.set('name', 'Ada')
          call((response as unknown as { stream: Stream }).stream)
        },
        sorry,
      ),
    )
    const response = await server.ask()
    expect([name, response.status, await response.text()]).toEqual([name, 500, 'ERR_SESSION_HEADERS_SENT'])
    expect(server.violations).toEqual([])
  }
})

test('HTTP/2: a stream is answered past the hold, once all is saved by hand', async () => {
  const sessions = createSessions({ ...PATIENCE, development: true })
  await using server = await protocols['HTTP/2'](
    nodeSession(sessions, async (_request, response, session) => {
      session.set('name', 'Ada')
      await session.commit()
      const { stream } = response as unknown as { stream: Stream }
      stream.respond({ ':status': 203, ...Object.fromEntries(session.takeHeaders()) })
      stream.end('meant')
    }),
  )
  const response = await server.ask()
  expect([response.status, await response.text(), response.headers.getSetCookie()]).toEqual([203, 'meant', [expect.any(String)]])
})

interface Stream {
  respond(headers: object): void
  respondWithFile(path: string): void
  respondWithFD(fd: number): void
  write(chunk: string): void
  end(chunk: string): void
}
