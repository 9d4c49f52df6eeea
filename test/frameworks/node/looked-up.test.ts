/**
 * The counterexample `early-lookup`: `response.end(await page(session))` looks up `end` before the page changes its session. The client gets what
 * was meant, saved before, or an error; never bytes that are no response. What comes over the wire is read strictly.
 */
import type { ServerResponse } from 'node:http'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { session as expressSession } from '../../../src/frameworks/express.ts'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import { createSessions, isSojournError, memoryStore } from '../../../src/index.ts'
import type { Session } from '../../../src/index.ts'
import { remoteStore } from '../../_support/remote-store.ts'
import { PATIENCE } from '../../_support/patience.ts'
import { protocols } from '../wire/protocols.ts'
import { fetchRaw } from './raw-client.ts'
import { serve } from './server.ts'

/** Changes the session within an argument. */
function next(session: Session): string {
  session.increment('visits')
  return '/next'
}

async function page(session: Session): Promise<string> {
  await session.load()
  session.increment('visits')
  return 'the page'
}

type Send = (response: ServerResponse, session: Session) => void | Promise<void>
/** `sent`: what was meant, saved before. `refused`: the application's error page. `bare`: a 500 without a body, because node can send no other. `broken`: no response. */
type Outcome = 'sent' | 'refused' | 'bare' | 'broken'

const OUTCOMES: Readonly<Record<string, Outcome>> = { '500 sorry': 'refused', '500 ': 'bare', '0 ': 'broken' }

interface Case {
  readonly name: string
  readonly send: Send
  /** With a store that answers at once, and with one that answers later. */
  readonly http1: readonly [Outcome, Outcome]
  readonly http2: readonly [Outcome, Outcome]
}

const REFUSED: readonly [Outcome, Outcome] = ['refused', 'refused']
const SENT: readonly [Outcome, Outcome] = ['sent', 'sent']

const cases: readonly Case[] = [
  {
    name: 'end(await page)',
    send: async (response, session) => void response.end(await page(session)),
    http1: REFUSED,
    http2: ['sent', 'bare'],
  },
  { name: 'end(page)', send: (response, session) => void response.end(next(session)), http1: REFUSED, http2: ['sent', 'bare'] },
  {
    name: 'end without a body',
    send: (response, session) => void response.end(void next(session)),
    http1: REFUSED,
    http2: ['bare', 'bare'],
  },
  {
    name: 'write(await page)',
    async send(response, session) {
      response.write(await page(session))
      response.end()
    },
    http1: REFUSED,
    http2: ['sent', 'refused'],
  },
  {
    name: 'writeHead(302, { Location })',
    send(response, session) {
      response.writeHead(302, { Location: next(session) })
      response.end()
    },
    http1: REFUSED,
    http2: REFUSED,
  },
  {
    name: 'writeHead(304, { ETag }), after setHeader',
    send(response, session) {
      response.setHeader('X-Before', '1')
      response.writeHead(304, { ETag: next(session) })
      response.end()
    },
    http1: REFUSED,
    http2: REFUSED,
  },
  {
    name: 'flushHeaders',
    send(response, session) {
      const { flushHeaders } = response
      next(session)
      flushHeaders.call(response)
      response.end('the page')
    },
    http1: REFUSED,
    http2: SENT,
  },
  {
    name: 'writeEarlyHints({ link })',
    send(response, session) {
      response.writeEarlyHints({ link: `<${next(session)}>; rel=preload` })
      response.end('the page')
    },
    http1: SENT,
    http2: SENT,
  },
  {
    name: 'end, looked up before a change and called after a held write',
    send(response, session) {
      const { end } = response
      next(session)
      response.write('the ')
      end.call(response, 'page', 'utf8')
    },
    http1: ['sent', 'refused'],
    http2: ['sent', 'bare'],
  },
  {
    name: 'write, looked up before a change and called after a held write',
    send(response, session) {
      const { write } = response
      next(session)
      response.write('the ')
      write.call(response, 'page', 'utf8')
      response.end()
    },
    http1: ['sent', 'refused'],
    // Node's `write` calls `writeHead` here, which fails as a second one does.
    http2: ['sent', 'broken'],
  },
  {
    name: 'end below something that was put on top of the hold meanwhile',
    send(response, session) {
      const { end } = response
      next(session)
      const held = response.end
      response.end = ((...args: Parameters<typeof held>) => held.apply(response, args)) as typeof held
      end.call(response, 'the page', 'utf8')
    },
    http1: ['sent', 'refused'],
    http2: ['sent', 'bare'],
  },
  {
    name: "the prototype's writeHead",
    send(response, session) {
      next(session)
      ;(Object.getPrototypeOf(response) as ServerResponse).writeHead.call(response, 200)
      response.end('the page')
    },
    http1: REFUSED,
    http2: REFUSED,
  },
  {
    name: "the prototype's writeHead, when all is saved by hand",
    async send(response, session) {
      next(session)
      await session.commit()
      ;(Object.getPrototypeOf(response) as ServerResponse).writeHead.call(response, 200)
      response.end('the page')
    },
    http1: SENT,
    http2: SENT,
  },
]

const stores = { 'at once': memoryStore, later: remoteStore } as const

describe.each(['HTTP/1', 'HTTP/2'] as const)('%s', (protocol) => {
  describe.each(['at once', 'later'] as const)('a store that answers %s', (when) => {
    test.each(cases)('$name', async ({ send, http1, http2 }) => {
      const sessions = createSessions({ ...PATIENCE, development: true, store: stores[when]() })
      const codes: unknown[] = []
      const statuses: unknown[] = []
      await using server = await protocols[protocol](
        nodeSession(
          sessions,
          (request, response, session) => (request.url === '/after' ? void response.end('after') : send(response, session)),
          (error, _request, response) => {
            codes.push(isSojournError(error) && error.code)
            if (response.writableEnded) return
            if (response.headersSent) return void response.destroy()
            statuses.push(response.statusCode)
            response.statusCode = 500
            response.write('sor')
            response.end('ry')
          },
        ),
      )
      const response = await server.ask()
      const body = await response.text()
      const outcome = OUTCOMES[`${response.status} ${body}`] ?? 'sent'
      expect(outcome).toBe((protocol === 'HTTP/1' ? http1 : http2)[when === 'at once' ? 0 : 1])
      if (outcome !== 'broken') expect(response.headers.get('cache-control')).toBe('no-store')
      if (outcome === 'sent') {
        expect(body).toMatch(/^(the page|\/next)$/)
        expect(codes).toEqual([])
        const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
        expect(await sessions.open({ headers: { cookie } }).get('visits')).toBe(1)
      } else {
        // As if the method had not been called: its status is gone, and its message.
        if (outcome === 'refused')
          expect([...statuses, response.statusText]).toEqual([200, protocol === 'HTTP/1' ? 'Internal Server Error' : ''])
        expect(codes).toEqual([outcome === 'broken' ? false : 'ERR_SESSION_HEADERS_SENT'])
      }
      expect(await (await server.ask('/after')).text()).toBe('after')
      expect(server.violations).toEqual([])
    })
  })
})

const forms: Readonly<Record<string, (response: ServerResponse, name: Promise<unknown>) => Promise<void>>> = {
  'an object': async (response, name) => void response.writeHead(200, { 'X-Name': String(await name) }),
  'an object, after setHeader': async (response, name) => {
    response.setHeader('Vary', 'Accept')
    response.writeHead(200, { 'X-Name': String(await name), 'Cache-Control': 'public' })
  },
  'a flat list': async (response, name) => void response.writeHead(200, ['X-Name', String(await name), 'Vary', 'Accept']),
  'a message, and no headers': async (response, name) => void response.writeHead(200, String(await name)),
}

describe.each(['HTTP/1', 'HTTP/2'] as const)('%s: writeHead whose arguments read the session is marked all the same', (protocol) => {
  test.each(Object.entries(forms))('%s', async (name, write) => {
    const sessions = createSessions({ ...PATIENCE, development: true })
    await using server = await protocols[protocol](
      nodeSession(sessions, async (_request, response, session) => {
        await write(response, session.get('name'))
        response.end('read')
      }),
    )
    const { status, headers } = await server.ask()
    expect([status, headers.get('cache-control')]).toEqual([200, 'private'])
    expect(headers.get('vary')).toMatch(/(^|, )Cookie$/)
    if (name.startsWith('an object')) expect(headers.get('x-name')).toBe('undefined')
    expect(server.violations).toEqual([])
  })
})

test('express: res.end fails, res.send does not', async () => {
  const sessions = createSessions({ development: true })
  const app = express()
  app.use(expressSession(sessions))
  app.get('/end', async (req, res) => void res.end(await page(sessions.open(req))))
  app.get('/send', async (req, res) => void res.send(await page(sessions.open(req))))
  app.use(((error, _req, res, _next) => void res.status(500).send(isSojournError(error) && error.code)) as express.ErrorRequestHandler)
  await using server = await serve(app)
  const [ended, sent] = [await fetchRaw(server.port, { path: '/end' }), await fetchRaw(server.port, { path: '/send' })]
  expect([ended.status, ended.body]).toEqual([500, 'ERR_SESSION_HEADERS_SENT'])
  expect([sent.status, sent.body]).toEqual([200, 'the page'])
})
