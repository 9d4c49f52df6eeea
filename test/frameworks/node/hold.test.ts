import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import compression from 'compression'
import { describe, expect, it } from 'vitest'
import type { Committable } from '../../../src/core/contracts/exchange.ts'
import type { HeaderLine } from '../../../src/core/basics/refusal.ts'
import { CallbackExchange } from '../../../src/frameworks/node/exchange.ts'
import type { NodeExchange } from '../../../src/frameworks/node/exchange.ts'
import { session } from '../../../src/frameworks/node/index.ts'
import { fetchRaw, sendRaw } from './raw-client.ts'
import { serve } from './server.ts'
import { slowSessions } from './slow-store.ts'

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = (): void => undefined
  let reject = (_error: Error): void => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** A session whose commit settles when the test says so. */
function heldSession(
  headers: HeaderLine[] = [['Set-Cookie', 'session=token']],
): Committable & { save: () => void; fail: (error: Error) => void; commits: number } {
  const { promise, resolve, reject } = deferred()
  return {
    commits: 0,
    save: resolve,
    fail: reject,
    commit() {
      this.commits++
      return promise
    },
    takeHeaders: () => headers.splice(0),
  }
}

const compress = compression() as unknown as (request: IncomingMessage, response: ServerResponse, next: () => void) => void

async function* words(): AsyncGenerator<string> {
  for (;;) {
    yield 'meant '
    await delay(2)
  }
}

type Exchanged = (request: IncomingMessage, response: ServerResponse, exchange: NodeExchange) => void

/** A listener whose failures answer 500 'failed', or what `onFail` does. */
const exchanging =
  (handler: Exchanged, onFail = (response: ServerResponse, _error: unknown): void => void response.end('failed')): RequestListener =>
  (request, response) => {
    const exchange = new CallbackExchange(request, response, (error) => onFail(response, error))
    exchange.accessed('Cookie')
    handler(request, response, exchange)
  }

describe('an untouched request', () => {
  it('keeps the response as node made it', async () => {
    const { sessions } = slowSessions('is saved')
    const names: string[][] = []
    const plain: string[][] = []
    await using bare = await serve((_request, response) => {
      plain.push(Reflect.ownKeys(response).map(String))
      response.end()
    })
    await using held = await serve(
      session(sessions, (_request, response) => {
        names.push(Reflect.ownKeys(response).map(String))
        response.end()
      }),
    )
    await fetchRaw(bare.port)
    const answer = await fetchRaw(held.port)
    expect(names).toEqual(plain)
    expect(answer.headers.map(([name]) => name)).toEqual(['date', 'connection', 'content-length'])
  })

  it('that reads only varies and is private, and is not held', async () => {
    const { sessions, events } = slowSessions('is saved')
    await using server = await serve(
      session(sessions, async (_request, response, opened) => {
        response.setHeader('Vary', 'Accept')
        response.setHeader('Cache-Control', 'public, max-age=60')
        await opened.get('visits')
        expect(Object.hasOwn(response, 'end')).toBe(false)
        response.end('read')
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.body, answer.header('vary'), answer.header('cache-control')]).toEqual(['read', 'Accept, Cookie', 'private, max-age=60'])
    expect(events).toEqual([])
  })
})

describe('while the session is being saved', () => {
  it.each(['end', 'write', 'flushHeaders', 'writeHead'] as const)('no byte leaves after %s', async (method) => {
    const order: string[] = []
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        if (method === 'writeHead') response.writeHead(200)
        else if (method === 'flushHeaders') response.flushHeaders()
        else response[method]('body')
        if (method !== 'end') setTimeout(() => response.end(), 10)
        setTimeout(() => {
          order.push('saved')
          held.save()
        }, 120)
      }),
    )
    const answer = await fetchRaw(server.port, { onFirstByte: () => order.push('byte') })
    expect(order).toEqual(['saved', 'byte'])
    expect(answer.all('set-cookie')).toEqual(['session=token'])
    expect(held.commits).toBe(1)
  })

  it('a change after end, after the first write, and after the headers is refused', async () => {
    const codes: unknown[] = []
    const attempt = (exchange: NodeExchange): void => {
      try {
        exchange.changed(heldSession())
        codes.push('accepted')
      } catch (error) {
        codes.push((error as { code: string }).code)
      }
    }
    const held = heldSession()
    await using server = await serve(
      exchanging((request, response, exchange) => {
        if (request.url === '/native') {
          response.write('sent')
          attempt(exchange)
          response.end()
          attempt(exchange)
          return
        }
        exchange.changed(held)
        response.write('one')
        attempt(exchange)
        response.end()
        attempt(exchange)
        response.on('finish', () => attempt(exchange))
        held.save()
      }),
    )
    await fetchRaw(server.port)
    await fetchRaw(server.port, { path: '/native' })
    expect(codes).toEqual([
      'ERR_SESSION_HEADERS_SENT',
      'ERR_SESSION_COMMITTED',
      'ERR_SESSION_COMMITTED',
      'ERR_SESSION_HEADERS_SENT',
      'ERR_SESSION_COMMITTED',
    ])
  })

  it('a listener that changes the session in the replay is refused', async () => {
    const codes: string[] = []
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        const writeHead = response.writeHead
        response.writeHead = (status: number) => {
          try {
            exchange.changed(heldSession())
          } catch (error) {
            codes.push((error as { code: string }).code)
          }
          return writeHead.call(response, status)
        }
        exchange.changed(held)
        response.write('one')
        held.save()
        setTimeout(() => response.end(), 10)
      }),
    )
    expect((await fetchRaw(server.port)).body).toBe('one')
    expect(codes).toEqual(['ERR_SESSION_HEADERS_SENT'])
  })

  it('write answers false only when a good deal is queued, and drain follows the save', async () => {
    const order: unknown[] = []
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        order.push(response.write('small'), response.write('x'.repeat(64 * 1024)))
        response.once('drain', () => {
          order.push('drain')
          response.end()
        })
        setTimeout(() => {
          order.push('saved')
          held.save()
        }, 20)
      }),
    )
    await fetchRaw(server.port)
    expect(order).toEqual([true, false, 'saved', 'drain'])
  })

  it('finish and the callbacks of write and end come after the save', async () => {
    const order: string[] = []
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        response.on('finish', () => order.push('finish'))
        response.write('a', 'utf8', () => order.push('write'))
        response.end('b', 'utf8', () => order.push('end'))
        setTimeout(() => {
          order.push('saved')
          held.save()
        }, 20)
      }),
    )
    expect((await fetchRaw(server.port)).body).toBe('ab')
    expect(order[0]).toBe('saved')
    expect(order.toSorted()).toEqual(['end', 'finish', 'saved', 'write'])
  })

  it('two sessions are saved with one response, and both hand out their cookie', async () => {
    const [first, second] = [heldSession(), heldSession([['Set-Cookie', 'other=token']])]
    await using server = await serve(
      exchanging((request, response, exchange) => {
        exchange.changed(first)
        new CallbackExchange(request, response, () => undefined).changed(second)
        exchange.changed(first)
        response.end('both')
        first.save()
        setTimeout(second.save, 10)
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.body, answer.all('set-cookie'), first.commits]).toEqual(['both', ['session=token', 'other=token'], 1])
  })

  it('a client that goes away cancels nothing, and a failure then answers nobody', async () => {
    const errors: unknown[] = []
    const outcomes: string[] = []
    const arrivals = { '/': deferred(), '/fails': deferred() }
    await using server = await serve(
      exchanging(
        (request, response, exchange) => {
          const held = heldSession()
          exchange.changed(held)
          response.end('nobody reads this')
          response.once('close', () => {
            if (request.url === '/fails') held.fail(new Error('not saved'))
            else held.save()
            setImmediate(() => outcomes.push(`${held.commits}`))
          })
          arrivals[request.url as '/'].resolve()
        },
        (_response, error) => void errors.push(error),
      ),
    )
    for (const path of ['/', '/fails'] as const) {
      const socket = sendRaw(server.port, { path })
      await arrivals[path].promise
      socket.destroy()
    }
    await expect.poll(() => outcomes).toEqual(['1', '1'])
    expect(errors).toEqual([])
  })

  it('a method that was looked up before, and is called after a held end, throws, and the response is sent', async () => {
    const held = heldSession()
    const codes: unknown[] = []
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        const { write, end } = response
        exchange.changed(held)
        response.end('meant')
        for (const late of [write, end]) {
          try {
            Reflect.apply(late, response, ['late'])
          } catch (error) {
            codes.push((error as { code: string }).code)
          }
        }
        codes.push(response.writableEnded)
        held.save()
      }),
    )
    expect((await fetchRaw(server.port)).body).toBe('meant')
    expect(codes).toEqual(['ERR_SESSION_HEADERS_SENT', 'ERR_SESSION_HEADERS_SENT', true])
  })

  it('a property `stream` of somebody else is left alone, with a failed save too', async () => {
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        Object.assign(response, { stream: () => undefined })
        exchange.changed(held)
        response.end('meant')
        held.fail(new Error('not saved'))
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body]).toEqual([500, 'failed'])
  })

  it('a commit that fails at once does not interrupt the handler', async () => {
    const order: string[] = []
    await using server = await serve(
      exchanging(
        (_request, response, exchange) => {
          exchange.changed({
            commit: () => {
              throw new Error('not saved')
            },
            takeHeaders: () => [],
          })
          response.end('meant')
          order.push(`ended: ${response.writableEnded}`)
        },
        (response) => {
          order.push('failed')
          response.end('failed')
        },
      ),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body, order]).toEqual([500, 'failed', ['ended: true', 'failed']])
  })
})

describe('after the save', () => {
  it('the response has its own methods again, and what was put on top of the hold stays', async () => {
    const held = heldSession()
    const seen: unknown[] = []
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        const before = { writeHead: response.writeHead, end: response.end, flushHeaders: response.flushHeaders }
        exchange.changed(held)
        const heldWrite = response.write
        const wrapper = ((chunk: string) => heldWrite.call(response, chunk.toUpperCase(), 'utf8')) as typeof response.write
        response.write = wrapper
        response.write('one ')
        held.save()
        setTimeout(() => {
          const { writeHead, end, flushHeaders } = response
          seen.push({ writeHead, end, flushHeaders }, response.write === wrapper, response.listenerCount('pipe'), response.headersSent)
          response.write('two ')
          response.end('three')
        }, 10)
        seen.push(before)
      }),
    )
    expect((await fetchRaw(server.port)).body).toBe('ONE TWO three')
    expect(seen).toEqual([seen[0], seen[0], true, 0, true])
  })

  it.each([
    ['a header that node refuses', (response: ServerResponse) => void response.writeHead(200, { 'bad name': 'x' }).end('never')],
    ['a chunk that node refuses', (response: ServerResponse) => void response.end(42)],
    ['a flat list of odd length', (response: ServerResponse) => void response.writeHead(200, ['x-a']).end('never')],
  ])('%s goes the way of a failure', async (_name, send) => {
    const held = heldSession()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        send(response)
        held.save()
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body]).toEqual([500, 'failed'])
  })

  it('a chunk that node refuses in the middle closes the connection', async () => {
    const held = heldSession()
    const errors: unknown[] = []
    await using server = await serve(
      exchanging(
        (_request, response, exchange) => {
          exchange.changed(held)
          response.write('one')
          response.write(42)
          held.save()
        },
        (_response, error) => void errors.push((error as { code: string }).code),
      ),
    )
    const cut = await fetchRaw(server.port).catch((error: Error) => error.message)
    expect(cut === 'The chunked body is cut off.' || (cut as { status?: number }).status === undefined).toBe(true)
    expect(errors).toEqual(['ERR_INVALID_ARG_TYPE'])
  })

  it('headers that the application replaced in writeHead are put back', async () => {
    const held = heldSession([])
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        response.writeHead(200, { vary: 'Accept', 'CACHE-CONTROL': 'public, max-age=60' })
        response.end()
        held.save()
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.header('vary'), answer.header('cache-control')]).toEqual(['Accept, Cookie', 'private, max-age=60'])
  })
})

describe('after a failed save', () => {
  const refused = new Error('not saved')

  it('late writes of the handler are swallowed, before and after the failure response', async () => {
    const held = heldSession()
    const done = deferred()
    const callbacks: unknown[] = []
    await using server = await serve(
      exchanging(
        (_request, response, exchange) => {
          exchange.changed(held)
          response.write('meant', (error) => callbacks.push(error))
          held.fail(refused)
          let left = 6
          const timer = setInterval(() => {
            response.write('late', (error) => callbacks.push(error))
            if (--left > 0) return
            clearInterval(timer)
            response.end('later', () => done.resolve())
          }, 5)
        },
        (response) => setTimeout(() => response.writeHead(503, { 'Content-Type': 'text/plain' }).end('sorry'), 12),
      ),
    )
    const answer = await fetchRaw(server.port)
    await done.promise
    expect([answer.status, answer.body]).toEqual([503, 'sorry'])
    expect(callbacks).toEqual(Array.from({ length: 7 }, () => refused))
  })

  it('a failure response may be written in pieces, or piped', async () => {
    const sending = [
      (response: ServerResponse) => {
        response.write('so')
        response.end('rry')
      },
      (response: ServerResponse) => setTimeout(() => Readable.from(['so', 'rry']).pipe(response), 5),
    ]
    for (const send of sending) {
      const held = heldSession()
      await using server = await serve(
        exchanging((_request, response, exchange) => {
          exchange.changed(held)
          Readable.from(['me', 'ant']).pipe(response)
          setTimeout(() => held.fail(refused), 5)
        }, send),
      )
      const answer = await fetchRaw(server.port)
      expect([answer.status, answer.body]).toEqual([500, 'sorry'])
    }
  })

  it('a source that was piped is destroyed, and a producer that waits for drain is woken', async () => {
    const held = heldSession()
    const source = new Readable({ read: () => undefined })
    const woken = deferred()
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(held)
        source.pipe(response)
        source.push('x'.repeat(70_000))
        setTimeout(() => {
          if (response.write('more')) return
          response.once('drain', woken.resolve)
        }, 5)
        setTimeout(() => held.fail(refused), 20)
      }),
    )
    expect((await fetchRaw(server.port)).status).toBe(500)
    await woken.promise
    expect(source.destroyed).toBe(true)
  })

  it('a failure response that takes its time is not cut short by a pipeline, nor by a compression above the hold', async () => {
    const handlers: Exchanged[] = [
      (_request, response) => void pipeline(Readable.from(words()), response).catch(() => undefined),
      (request, response) =>
        compress(request, response, () => {
          response.end('meant '.repeat(50_000))
        }),
    ]
    for (const handler of handlers) {
      const held = heldSession()
      await using server = await serve(
        exchanging(
          (request, response, exchange) => {
            response.setHeader('Content-Type', 'text/plain')
            exchange.changed(held)
            handler(request, response, exchange)
            setImmediate(() => held.fail(refused))
          },
          (response) => setTimeout(() => response.writeHead(503).end('sorry'), 40),
        ),
      )
      const answer = await fetchRaw(server.port, { headers: { 'Accept-Encoding': 'gzip' } })
      expect([answer.status, answer.body]).toEqual([503, 'sorry'])
    }
  })

  it('a large failure response can be piped past a compression above the hold', async () => {
    const held = heldSession()
    await using server = await serve(
      exchanging(
        (request, response, exchange) => {
          response.setHeader('Content-Type', 'text/plain')
          exchange.changed(held)
          compress(request, response, () => void response.write('meant'))
          held.fail(refused)
        },
        (response) => void Readable.from(Array.from({ length: 64 }, () => 'x'.repeat(65_536))).pipe(response),
      ),
    )
    expect((await fetchRaw(server.port, { headers: { 'Accept-Encoding': 'gzip' } })).body).toHaveLength(64 * 65_536)
  })

  it('a request that was piped back is read to its end, so that the connection can carry the next one', async () => {
    const held = heldSession()
    await using server = await serve(
      exchanging((request, response, exchange) => {
        if (request.url === '/next') {
          response.end('the next one')
          return
        }
        exchange.changed(held)
        request.pipe(response)
        request.once('data', () => held.fail(refused))
      }),
    )
    const socket = sendRaw(server.port, {
      method: 'POST',
      body: 'first half',
      headers: { Connection: 'keep-alive', 'Content-Length': '1000010' },
    })
    let received = ''
    socket.setEncoding('latin1').on('data', (text: string) => (received += text))
    await expect.poll(() => received).toContain('failed')
    socket.write(`${'.'.repeat(1_000_000)}GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    await once(socket, 'end')
    expect(received).toContain('the next one')
  })

  it('a producer that ignores false is stopped at the bound', async () => {
    const held = heldSession()
    const errors: unknown[] = []
    await using server = await serve(
      exchanging(
        (_request, response, exchange) => {
          exchange.changed(held)
          for (let megabytes = 0; megabytes < 20; megabytes++) response.write(Buffer.alloc(1024 * 1024))
          response.end()
          held.save()
        },
        (response, error) => {
          errors.push((error as { code: string }).code)
          response.end('too much')
        },
      ),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body, answer.all('set-cookie')]).toEqual([500, 'too much', []])
    expect(errors).toEqual(['ERR_SESSION_RESPONSE_OVERFLOW'])
  })

  it('no further change is accepted', async () => {
    const held = heldSession()
    const codes: string[] = []
    await using server = await serve((request, response) => {
      const exchange = new CallbackExchange(request, response, () => {
        try {
          exchange.changed(heldSession())
        } catch (error) {
          codes.push((error as { code: string }).code)
        }
        response.end()
      })
      exchange.changed(held)
      response.end()
      held.fail(refused)
    })
    expect((await fetchRaw(server.port)).status).toBe(500)
    expect(codes).toEqual(['ERR_SESSION_COMMITTED'])
  })

  it('one of two sessions that fails is enough', async () => {
    const [first, second] = [heldSession(), heldSession()]
    await using server = await serve(
      exchanging((_request, response, exchange) => {
        exchange.changed(first)
        exchange.changed(second)
        response.end('meant')
        first.save()
        second.fail(refused)
      }),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body, answer.all('set-cookie')]).toEqual([500, 'failed', []])
  })
})

describe('session(sessions, handler)', () => {
  it('answers a failed save and a failed handler with a plain 500 that tells no details', async () => {
    const { sessions } = slowSessions('is not saved')
    await using server = await serve(
      session(sessions, async (request, response, opened) => {
        response.setHeader('Content-Encoding', 'br')
        if (request.url === '/save') {
          opened.increment('visits')
          response.end('meant')
          return
        }
        if (request.url === '/rejects') await delay(1)
        throw new Error('secret details')
      }),
    )
    for (const path of ['/save', '/throws', '/rejects']) {
      const answer = await fetchRaw(server.port, { path })
      expect([answer.status, answer.body, answer.header('content-type'), answer.header('content-encoding')]).toEqual([
        500,
        'Internal Server Error',
        'text/plain; charset=utf-8',
        undefined,
      ])
    }
  })

  it('answers for an error handler that fails too', async () => {
    const { sessions } = slowSessions('is not saved')
    await using server = await serve(
      session(
        sessions,
        (_request, response, opened) => {
          opened.increment('visits')
          response.end('meant')
        },
        async () => {
          throw new Error('by the error handler')
        },
      ),
    )
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body]).toEqual([500, 'Internal Server Error'])
  })

  it('closes the connection if the handler fails after it wrote', async () => {
    const { sessions, events } = slowSessions('is saved')
    await using server = await serve(
      session(sessions, (_request, response, opened) => {
        opened.increment('visits')
        response.write('half')
        throw new Error('by the handler')
      }),
    )
    expect((await fetchRaw(server.port)).status).toBeUndefined()
    await expect.poll(() => events).toEqual(['saved'])
  })
})
