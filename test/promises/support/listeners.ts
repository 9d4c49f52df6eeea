import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type express5 from 'express'
import { session as expressSession } from '../../../src/frameworks/express.ts'
import { session as fetchSession } from '../../../src/frameworks/fetch.ts'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import type { Session, Sessions } from '../../../src/index.ts'

/** What an application does with a request; what it returns is the JSON of the response. */
export type Handler = (session: Session, url: URL) => unknown

const urlOf = (request: { url?: string | undefined }): URL => new URL(request.url ?? '/', 'http://shop.test')

// Most processes serve one framework only, and both take a while to load.
const load = createRequire(import.meta.url) as (name: 'express' | 'express4') => typeof express5

/** One handler, in each framework. */
export const listeners = {
  node: (sessions: Sessions, handler: Handler): RequestListener =>
    nodeSession(sessions, async (request, response, session) => {
      const answer = JSON.stringify((await handler(session, urlOf(request))) ?? null)
      response.setHeader('Content-Type', 'application/json').end(answer)
    }),
  'Express 5': (sessions: Sessions, handler: Handler): RequestListener => expressListener('express', sessions, handler),
  'Express 4': (sessions: Sessions, handler: Handler): RequestListener => expressListener('express4', sessions, handler),
  fetch: (sessions: Sessions, handler: Handler): RequestListener =>
    fetchListener(
      fetchSession(sessions, async (request, session) => Response.json((await handler(session, new URL(request.url))) ?? null)),
    ),
} as const

export type Framework = keyof typeof listeners

function expressListener(version: 'express' | 'express4', sessions: Sessions, handler: Handler): RequestListener {
  const app = load(version)()
  // Otherwise the failures that are meant fill the output.
  app.set('env', 'test')
  app.use(expressSession(sessions))
  app.use((request, response, next) => {
    void (async () => handler(sessions.open(request), urlOf(request)))().then((answer) => response.json(answer ?? null), next)
  })
  return app
}

/** Serves a Fetch handler over node:http; what it throws is a 500. */
export function fetchListener(handle: (request: Request) => Promise<Response>): RequestListener {
  return (request, response) => {
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)])
    handle(new Request(`http://shop.test${request.url}`, { method: request.method ?? 'GET', headers })).then(
      (answer) => send(answer, request, response),
      () => response.writeHead(500).end('Internal Server Error'),
    )
  }
}

function send(answer: Response, request: IncomingMessage, response: ServerResponse): void {
  response.statusCode = answer.status
  for (const [name, value] of answer.headers) response.appendHeader(name, value)
  if (answer.body === null || request.method === 'HEAD') response.end()
  else Readable.fromWeb(answer.body).pipe(response)
}
