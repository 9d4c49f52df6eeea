/**
 * What a response looks like that hands out a token, in every style: never kept by a cache, never told to the next
 * site.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as expressSession } from '../../src/frameworks/express.ts'
import { session as nodeSession } from '../../src/frameworks/node/index.ts'
import type { Session, Sessions, TransportFactory } from '../../src/index.ts'
import { formTransport } from '../../src/transports/form.ts'
import { headerTransport } from '../../src/transports/header.ts'
import { urlTransport } from '../../src/transports/url.ts'
import { application } from '../_support/application.ts'
import { uploadOf } from '../_support/fetch.ts'
import { serve } from '../frameworks/node/server.ts'
import { tokenIn } from './requests.ts'

type Handler = (session: Session) => Promise<string>
type Send = (path: string, init?: RequestInit) => Promise<Response>
interface Style {
  readonly name: string
  /** Runs a server while `use` does. */
  run(sessions: Sessions, handler: Handler, use: (send: Send) => Promise<void>): Promise<void>
}

const HEADERS = { 'Cache-Control': 'public, max-age=60', 'Referrer-Policy': 'same-origin', Vary: 'Accept' }

const overHttp = (listener: (sessions: Sessions, handler: Handler) => Parameters<typeof serve>[0]): Style['run'] => {
  return async (sessions, handler, use) => {
    await using server = await serve(listener(sessions, handler))
    await use((path, init) => fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: 'manual', ...init }))
  }
}

const styles: Style[] = [
  {
    name: 'fetch',
    run: (sessions, handler, use) =>
      use((path, init) =>
        sessions.handle(
          new Request(`http://shop.test${path}`, init),
          async (session) => new Response(await handler(session), { headers: HEADERS }),
        ),
      ),
  },
  {
    name: 'node',
    run: overHttp((sessions, handler) =>
      nodeSession(sessions, async (request, response, session) => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk as Buffer)
        Object.assign(request, { body: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())) })
        for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
        const body = await handler(session)
        response.end(body)
      }),
    ),
  },
  {
    name: 'express',
    run: overHttp((sessions, handler) => {
      const app = express()
      app.use(expressSession(sessions), express.urlencoded())
      app.use(async (req, res) => void res.set(HEADERS).send(await handler(sessions.open(req))))
      return app
    }),
  },
]

const told = ({ headers }: Response) => ({
  cache: headers.get('Cache-Control'),
  referrer: headers.get('Referrer-Policy'),
  vary: headers.get('Vary'),
  cookies: headers.getSetCookie(),
})

describe.each(styles)('$name', ({ run }) => {
  const sessionsOf = (transport: TransportFactory): Sessions => application({ transport }).sessions
  const nothing: Handler = async () => 'untouched'
  const read: Handler = async (session) => String(await session.get('count'))
  const count: Handler = async (session) => {
    session.increment('count')
    await session.commit()
    return read(session)
  }
  const links: Handler = async (session) => {
    session.increment('count')
    await session.commit()
    return session.url('/next')
  }
  const fields: Handler = async (session) => {
    session.increment('count')
    await session.commit()
    return session.field()
  }

  test('an untouched response is left alone, but for where tokens are in addresses and pages', async () => {
    for (const transport of [urlTransport(), formTransport()]) {
      await run(sessionsOf(transport), nothing, async (send) => {
        expect(told(await send('/?session=x'))).toEqual({ cache: 'no-store', referrer: 'no-referrer', vary: 'Accept', cookies: [] })
      })
    }
    await run(sessionsOf(headerTransport()), nothing, async (send) => {
      expect(told(await send('/?session=x'))).toEqual({
        cache: 'public, max-age=60',
        referrer: 'same-origin',
        vary: 'Accept',
        cookies: [],
      })
    })
  })

  test('a header token goes out once, no-store, and a read is private and varies by the header', async () => {
    const sessions = sessionsOf(headerTransport())
    let token = ''
    await run(sessions, count, async (send) => {
      const answer = await send('/')
      token = answer.headers.get('Session-Token')!
      expect(token).toMatch(/^[\w-]{64}$/)
      expect(told(answer)).toEqual({ cache: 'no-store', referrer: 'same-origin', vary: 'Accept, Authorization', cookies: [] })
    })
    await run(sessions, read, async (send) => {
      const answer = await send('/', { headers: { Authorization: `Bearer ${token}` } })
      expect(await answer.text()).toBe('1')
      expect(answer.headers.get('Session-Token')).toBe(null)
      expect(told(answer)).toEqual({ cache: 'private, max-age=60', referrer: 'same-origin', vary: 'Accept, Authorization', cookies: [] })
    })
  })

  test('a header token that is taken away is empty', async () => {
    const sessions = sessionsOf(headerTransport())
    let token = ''
    await run(sessions, count, async (send) => void (token = (await send('/')).headers.get('Session-Token')!))
    await run(
      sessions,
      async (session) => (await session.destroy(), 'bye'),
      async (send) => {
        const answer = await send('/', { headers: { Authorization: `Bearer ${token}` } })
        expect([answer.headers.get('Session-Token'), answer.headers.get('Cache-Control')]).toEqual(['', 'no-store'])
      },
    )
  })

  test('whatever touches the session of an address is no-store and no-referrer, and counts on', async () => {
    const sessions = sessionsOf(urlTransport())
    let address = ''
    await run(sessions, links, async (send) => {
      const answer = await send('/')
      address = await answer.text()
      expect(told(answer)).toEqual({ cache: 'no-store', referrer: 'no-referrer', vary: 'Accept, *', cookies: [] })
    })
    await run(sessions, read, async (send) => {
      const answer = await send(address)
      expect(await answer.text()).toBe('1')
      expect(told(answer)).toEqual({ cache: 'no-store', referrer: 'no-referrer', vary: 'Accept, *', cookies: [] })
    })
    await run(sessions, links, async (send) => {
      const next = await (await send(address, { method: 'POST' })).text()
      expect(tokenIn(next)).not.toBe(tokenIn(address))
    })
    await run(sessions, read, async (send) => expect(await (await send(address)).text()).toBe('2'))
  })

  test.each([
    ['urlencoded', (token: string) => new URLSearchParams({ a: '1', session: token })],
    ['multipart', (token: string) => multipart(token)],
  ])('a field of a form that is sent as %s', async (type, body) => {
    const sessions = sessionsOf(formTransport())
    let field = ''
    await run(sessions, fields, async (send) => {
      const answer = await send('/')
      field = await answer.text()
      expect(told(answer)).toEqual({ cache: 'no-store', referrer: 'no-referrer', vary: 'Accept, *', cookies: [] })
    })
    await run(sessions, read, async (send) => {
      const answer = await send('/', { method: 'POST', body: body(tokenIn(field)) })
      // Neither node nor Express's urlencoded() reads multipart.
      expect(await answer.text()).toBe(type === 'multipart' && run !== styles[0]!.run ? 'undefined' : '1')
      expect(told(answer).cache).toBe('no-store')
    })
  })
})

function multipart(token: string): FormData {
  const form = new FormData()
  form.set('session', token)
  form.set('file', new Blob(['x'.repeat(1_000)]), 'x.txt')
  return form
}

const MIB = 1024 * 1024

/** The bytes of all buffers that something still refers to. */
function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // Twice: the first frees buffers in the background, and the second waits for that.
  gc()
  gc()
  return process.memoryUsage().arrayBuffers
}

describe('a form in a Fetch request', () => {
  const { sessions } = application({ transport: formTransport() })
  const post = (body: URLSearchParams): Request => new Request('http://shop.test/', { method: 'POST', body })
  const field = async (): Promise<string> => {
    const answer = await sessions.handle(new Request('http://shop.test/'), async (session) => {
      session.set('cart', ['mug'])
      await session.commit()
      return new Response(session.field())
    })
    return tokenIn(await answer.text())
  }

  test('is still there for the handler, read before or after the session', async () => {
    const token = await field()
    for (const first of ['session', 'form']) {
      const request = post(new URLSearchParams({ session: token, product: 'mug' }))
      const answer = await sessions.handle(request, async (session) => {
        const cart = first === 'session' ? await session.get('cart') : undefined
        const product = new URLSearchParams(await request.text()).get('product')
        return Response.json([product, cart ?? (await session.get('cart'))])
      })
      expect(await answer.json()).toEqual(['mug', ['mug']])
    }
  })

  test.each(['used', 'never used'])('of 64 MiB is read by the handler alone, and nothing of it is kept: the session is %s', async (use) => {
    const upload = uploadOf(64 * MIB)
    const request = new Request('http://shop.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: upload.stream,
      duplex: 'half',
    })
    const before = bytesInUse()
    await sessions.handle(request, async (session) => {
      if (use === 'used') expect(await session.get('cart')).toBe(undefined)
      let read = 0
      for await (const chunk of request.body!) read += chunk.byteLength
      expect(read).toBe(64 * MIB)
      expect(bytesInUse() - before).toBeLessThan(8 * MIB)
      return new Response('read')
    })
    expect(request.bodyUsed).toBe(true)
  })

  test('of more than 1 MiB, or torn, has no token, and is no error', async () => {
    const token = await field()
    const large = new URLSearchParams({ session: token, text: 'x'.repeat(1024 * 1024) })
    const torn = new Request('http://shop.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: `--x\r\nContent-Disposition: form-data; name="session"\r\n\r\n${token}`,
    })
    const failing = new Request('http://shop.test/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) }),
      duplex: 'half',
    })
    for (const request of [post(large), torn, failing]) {
      const answer = await sessions.handle(request, async (session) => Response.json((await session.get('cart')) ?? 'none'))
      expect(await answer.json()).toBe('none')
    }
  })

  test('whose body was read before has no token, and is no error', async () => {
    const request = post(new URLSearchParams({ session: await field() }))
    await request.text()
    expect(await sessions.open(request).get('cart')).toBe(undefined)
    const locked = post(new URLSearchParams({ session: await field() }))
    locked.body!.getReader()
    expect(await sessions.open(locked).get('cart')).toBe(undefined)
  })
})

test('a read that is written as an argument of what sends it', async () => {
  const { sessions } = application({ transport: urlTransport() })
  const listener = nodeSession(sessions, async (_request, response, session) => void response.end(String(await session.get('count'))))
  await using server = await serve(listener)
  const answer = await fetch(`http://127.0.0.1:${server.port}/`)
  expect([await answer.text(), told(answer).referrer]).toEqual(['undefined', 'no-referrer'])
})

test('a redirect on the way to a page with a token is no-store and no-referrer, and a failed save has no Location', async () => {
  const { sessions, store } = application({ transport: urlTransport() })
  const app = express()
  app.use(expressSession(sessions))
  app.post('/', async (req, res) => {
    const session = sessions.open(req)
    session.increment('count')
    await session.commit()
    if (req.query['fail']) {
      store.before('update', () => {
        throw new Error('down')
      })
      session.increment('count')
    }
    res.redirect(303, session.url('/cart'))
  })
  app.use(((_error, _req, res, _next) => void res.send('sorry')) as express.ErrorRequestHandler)
  await using server = await serve(app)
  const post = (query = ''): Promise<Response> => fetch(`http://127.0.0.1:${server.port}/${query}`, { method: 'POST', redirect: 'manual' })
  const answer = await post()
  expect(answer.headers.get('Location')).toMatch(/^\/cart\?session=/)
  expect([told(answer).cache, told(answer).referrer]).toEqual(['no-store', 'no-referrer'])
  const failed = await post('?fail=1')
  expect([failed.status, failed.headers.get('Location')]).toEqual([500, null])
})
