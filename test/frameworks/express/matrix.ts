import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import type express5 from 'express'
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express'
import { expect } from 'vitest'
import { isSojournError } from '../../../src/index.ts'
import { expectNotSaved, expectSaved } from '../node/expectations.ts'
import { fetchRaw } from '../node/raw-client.ts'
import type { Answer } from '../node/raw-client.ts'
import { bigFile, nodeScenarios } from '../node/scenarios.ts'
import type { Scenario } from '../node/scenarios.ts'
import { serve } from '../node/server.ts'
import { slowSessions } from '../node/slow-store.ts'
import type { Data, Outcome, SlowSessions } from '../node/slow-store.ts'
import type { Sessions } from '../../../src/index.ts'

const compress = compression() as unknown as (request: IncomingMessage, response: ServerResponse, next: () => void) => void
const gzip = { 'Accept-Encoding': 'gzip' }

/** What any response of Express can do. */
export const scenarios: readonly Scenario<Response>[] = [
  ...(nodeScenarios as readonly Scenario<Response>[]),
  { name: 'res.send', send: (res) => void res.send('hello'), body: 'hello' },
  { name: 'res.json', send: (res) => void res.json({ a: 1 }), body: '{"a":1}' },
  { name: 'res.send, HEAD', request: { method: 'HEAD' }, send: (res) => void res.send('hello'), body: '' },
  { name: 'res.sendStatus', send: (res) => void res.sendStatus(204), status: 204, body: '' },
  {
    name: 'res.send, large and compressible',
    request: { headers: gzip },
    send: (res) => void res.type('text').send('large '.repeat(40_000)),
    body: 'large '.repeat(40_000),
    check: (answer) => expect(answer.header('content-encoding')).toBe('gzip'),
  },
  {
    name: 'res.redirect',
    send: (res) => res.redirect('/next'),
    status: 302,
    check: (answer) => expect(answer.header('location')).toBe('/next'),
  },
  {
    name: 'res.send, 304',
    request: { headers: { 'If-None-Match': '"a"' } },
    send: (res) => void res.set('ETag', '"a"').send('hello'),
    status: 304,
    body: '',
  },
  {
    name: 'res.cookie, then res.send',
    send: (res) => void res.cookie('app', '1').send('hello'),
    body: 'hello',
    check: (answer) => expect(answer.all('set-cookie')).toContain('app=1; Path=/'),
  },
  {
    name: 'res.sendFile',
    request: { headers: gzip },
    send: (res) => res.sendFile(bigFile),
    check: (answer) => expect(answer.body).toMatch(/^\{\n.*\}\n$/s),
  },
  {
    name: 'res.sendFile, a range',
    request: { headers: { Range: 'bytes=0-1' } },
    send: (res) => res.sendFile(bigFile),
    status: 206,
    body: '{\n',
    check: (answer) => expect(answer.header('content-range')).toMatch(/^bytes 0-1\//),
  },
  {
    name: 'an error thrown before a write',
    send() {
      throw new Error('by the handler')
    },
    status: 500,
    body: 'failed: by the handler',
    throws: true,
  },
  {
    name: 'an error thrown after a write',
    send(res) {
      res.write('half')
      throw new Error('by the handler')
    },
    breaksOff: true,
  },
]

/** How an application is given its sessions, and how a request changes one. */
export interface Adapter {
  middleware(sessions: Sessions<Data>): RequestHandler
  change(sessions: Sessions<Data>, request: Request): void
}

export interface Shape {
  readonly adapter: Adapter
  readonly express: typeof express5
  readonly order: 'session first' | 'compression first'
  readonly changed: 'in middleware' | 'in the handler'
}

function appFor({ sessions, events }: SlowSessions, scenario: Scenario<Response>, { adapter, express, order, changed }: Shape): Express {
  const app = express()
  const change = (req: Request): void => adapter.change(sessions, req)
  const early = (req: Request, _res: Response, next: NextFunction): void => {
    if (changed === 'in middleware') change(req)
    next()
  }
  const session = adapter.middleware(sessions)
  if (order === 'session first') app.use(session, early, compress)
  else app.use(compress, session, early)
  app.all('/', (req, res) => {
    res.set({ 'Access-Control-Allow-Origin': '*', 'Content-Security-Policy': "default-src 'self'", 'Content-Disposition': 'inline' })
    res.set({ 'Cache-Control': 'public, max-age=60' })
    if (changed === 'in the handler') change(req)
    return scenario.send(res, req)
  })
  app.use((error: Error, _req: Request, res: Response, next: NextFunction) => {
    const reason = isSojournError(error) ? error.code : error.message
    if (isSojournError(error) || !scenario.throws) events.push(reason)
    if (res.headersSent) return next(error)
    res.status(500).set('X-Error', 'handled').send(`failed: ${reason}`)
  })
  app.set('env', 'test')
  return app
}

/**
 * The application's error handler has already been asked, about the handler's error; Express itself answers for the
 * save.
 */
function expectDefaultErrorPage(answer: Answer, events: readonly string[]): void {
  expect(answer.status).toBe(500)
  expect(events).toEqual(['not saved', 'first byte'])
  expect(answer.all('set-cookie')).toEqual([])
  expect(answer.header('content-disposition')).toBeUndefined()
  expect(answer.body).not.toContain('by the handler')
}

function expectNoResponse(answer: Answer): void {
  expect(answer.status).toBeUndefined()
}

/** Sends a response, and looks whether it went out after the save, or not at all. */
export async function run(outcome: Outcome, scenario: Scenario<Response>, shape: Shape): Promise<void> {
  const slow = slowSessions(outcome)
  await using running = await serve(appFor(slow, scenario, shape))
  const answer = await fetchRaw(running.port, { ...scenario.request, onFirstByte: () => slow.events.push('first byte') })
  if (scenario.breaksOff) expectNoResponse(answer)
  else if (scenario.throws && outcome === 'is not saved') expectDefaultErrorPage(answer, slow.events)
  else if (outcome === 'is saved') expectSaved(answer, slow.events, scenario)
  else expectNotSaved(answer, slow.events, scenario)
}
