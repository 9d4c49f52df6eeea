/**
 * P3: no byte of a response leaves before its session is stored, and a failed save is never a success
 * (expressjs/session#360). The store stands still until it is told, and a bare socket watches.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import express5 from 'express'
import type { Response as ExpressResponse } from 'express'
import express4 from 'express4'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { session as expressSession } from '../../src/frameworks/express.ts'
import { session as fetchSession } from '../../src/frameworks/fetch.ts'
import { session as nodeSession } from '../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import type { ScriptedStore, StoreOperation } from '../../src/testing/index.ts'
import { stopAt } from '../_support/application.ts'
import { PATIENCE } from '../_support/patience.ts'
import { SECRET } from './servers/handler.ts'
import { Browser } from './support/browser.ts'
import { fetchListener } from './support/listeners.ts'
import { sendRaw } from './support/raw.ts'
import { serve } from './support/server.ts'
import type { RunningServer } from './support/server.ts'

type Send<Res> = (response: Res) => unknown

const chunks = (): Readable => Readable.from(['one ', 'two ', 'three'])

/** The ways in which a response begins. All are tried with GET and with HEAD. */
const node: Record<string, Send<ServerResponse>> = {
  end: (response) => response.end('body'),
  'end of nothing': (response) => response.end(),
  writeHead: (response) => response.writeHead(200, { 'X-A': '1' }).end('body'),
  'writeHead with cookies': (response) => response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('body'),
  'writeHead, redirect': (response) => response.writeHead(303, { Location: '/next' }).end(),
  'write before end': (response) => (response.write('one '), setImmediate(() => response.end('two'))),
  flushHeaders: (response) => (response.flushHeaders(), setImmediate(() => response.end('body'))),
  stream: (response) => chunks().pipe(response),
}
const express: Record<string, Send<ExpressResponse>> = {
  ...node,
  redirect: (response) => response.redirect('/next'),
  json: (response) => response.json({ body: 1 }),
  send: (response) => response.send('body'),
  sendStatus: (response) => response.sendStatus(204),
}
const fetches: Record<string, () => Response> = {
  redirect: () => Response.redirect('http://shop.test/next', 303),
  json: () => Response.json({ body: 1 }),
  text: () => new Response('body'),
  empty: () => new Response(null, { status: 204 }),
  stream: () => new Response(Readable.toWeb(chunks()) as ReadableStream),
}

/** What the request does to its session, and the write that its response must wait for. */
// A login hands out a token and takes the anonymous one away: two cookies.
const changes: readonly {
  readonly name: string
  act(session: Session): unknown
  readonly write: StoreOperation
  readonly cookies: number
  readonly anonymous?: boolean
}[] = [
  { name: 'a first visit', act: (session) => session.set('key', 1), write: 'create', cookies: 1, anonymous: true },
  { name: 'a change', act: (session) => session.set('key', Math.random()), write: 'update', cookies: 0 },
  { name: 'a login', act: (session) => session.login('alice'), write: 'update', cookies: 2 },
  {
    name: 'the question whether a login still holds',
    act: (session) => session.login('alice', { attempt: forged }),
    write: 'principals.epoch',
    cookies: 2,
  },
  { name: 'a logout', act: (session) => session.logout(), write: 'delete', cookies: 1 },
]
/** An attempt of its own, so that the only question for the epoch is the one after the write. */
const forged = { principal: 'alice', startedAt: Date.now(), epoch: undefined }

const frameworks: Record<
  string,
  { ways: readonly string[]; listen(sessions: Sessions, act: (session: Session) => unknown): RequestListener }
> = {
  node: {
    ways: Object.keys(node),
    listen: (sessions, act) =>
      nodeSession(sessions, async (request, response, session) => {
        if (isPing(request)) return void response.end('pong')
        await act(session)
        node[wayOf(request)]!(response)
      }),
  },
  'Express 5': { ways: Object.keys(express), listen: (sessions, act) => expressApp(express5, sessions, act) },
  'Express 4': { ways: Object.keys(express), listen: (sessions, act) => expressApp(express4, sessions, act) },
  fetch: {
    ways: Object.keys(fetches),
    listen: (sessions, act) =>
      fetchListener(
        fetchSession(sessions, async (request, session) => {
          if (isPing(request)) return new Response('pong')
          await act(session)
          return fetches[wayOf(request)]!()
        }),
      ),
  },
}

function expressApp(make: typeof express5, sessions: Sessions, act: (session: Session) => unknown): RequestListener {
  const app = make()
  app.set('env', 'test')
  app.use(expressSession(sessions))
  app.use((request, response, next) => {
    if (isPing(request)) return void response.end('pong')
    void (async () => act(sessions.open(request)))().then(() => express[wayOf(request)]!(response), next)
  })
  return app
}

const isPing = ({ url }: { url?: string | undefined } & object): boolean => new URL(url!, 'http://shop.test').pathname === '/ping'
const wayOf = ({ url }: Pick<IncomingMessage | Request, 'url'>): string => new URL(url!, 'http://shop.test').searchParams.get('way')!

describe.each(Object.entries(frameworks))('%s', (_name, { ways, listen }) => {
  describe.each(changes)('$name', ({ act, write, cookies, anonymous = false }) => {
    let store: ScriptedStore
    let server: RunningServer
    let cookie = ''

    beforeEach(async () => {
      store = scriptedStore(memoryStore(), { replies: 'certain' })
      const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store })
      if (!anonymous) {
        const setup = sessions.open({ headers: {} })
        setup.set('before', 1)
        await setup.commit()
        cookie = setup.takeHeaders()[0]![1].split(';')[0]!
      } else cookie = ''
      server = await serve(listen(sessions, act))
      store.reset()
    })
    afterEach(() => server.close())

    const cases = ways.flatMap((way) => ['GET', 'HEAD'].map((method) => ({ way, method })))

    test.each(cases)('$method, $way: not a byte before it is stored', async ({ way, method }) => {
      const stop = stopAt()
      store.before(write, stop.hook)
      const exchange = sendRaw(server.port, method, `/?way=${encodeURIComponent(way)}`, cookie)
      await stop.reached
      // What had been sent by now would overtake three exchanges on connections that begin after it.
      for (let i = 0; i < 3; i++) expect((await new Browser().get(server.port, '/ping')).body).toBe('pong')
      expect(exchange.received()).toBe('')
      stop.release()
      const answer = await exchange.closed
      expect(answer).toMatch(/^HTTP\/1.1 (200|204|302|303) /)
      expect(answer.match(/^set-cookie: __Host-session/gim)?.length ?? 0).toBe(cookies)
    })

    test.each(cases)('$method, $way: a failed write is a 500 without a cookie', async ({ way, method }) => {
      store.before(write, () => Promise.reject(new Error('The disk is full.')))
      const answer = await sendRaw(server.port, method, `/?way=${encodeURIComponent(way)}`, cookie).closed
      expect(answer).toMatch(/^HTTP\/1.1 500 /)
      expect(answer).not.toMatch(/^set-cookie:.*__Host-session/im)
      expect(answer).not.toMatch(/^location:/im)
      // A late end after flushHeaders cannot be told from an error handler's own: it ends the 500.
      if (way !== 'flushHeaders') expect(answer).not.toMatch(/one |"body"|\nbody/)
    })
  })
})
