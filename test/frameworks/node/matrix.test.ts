import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import compression from 'compression'
import { describe, expect, it } from 'vitest'
import { session } from '../../../src/frameworks/node/index.ts'
import { isSojournError } from '../../../src/index.ts'
import { protocols } from '../wire/protocols.ts'
import { expectNotSaved, expectSaved } from './expectations.ts'
import { decode, fetchRaw } from './raw-client.ts'
import type { Answer, RawRequest } from './raw-client.ts'
import { nodeScenarios } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { serve } from './server.ts'
import { slowSessions } from './slow-store.ts'
import type { Outcome, SlowSessions } from './slow-store.ts'

const compress = compression() as unknown as (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** Where compression stands: not at all, below the hold, or above it. */
const wirings = {
  bare: (listener: RequestListener) => listener,
  'compression first': (listener: RequestListener) => (request: IncomingMessage, response: ServerResponse) =>
    compress(request, response, () => listener(request, response)),
}

type Place = 'bare' | 'compression first' | 'session first'

function listenerFor({ sessions, events }: SlowSessions, scenario: Scenario, place: Place): RequestListener {
  const listener = session(
    sessions,
    async (request, response, opened) => {
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.setHeader('Content-Security-Policy', "default-src 'self'")
      response.setHeader('Content-Type', 'text/plain')
      response.setHeader('Content-Disposition', 'inline')
      response.setHeader('Cache-Control', 'public, max-age=60')
      opened.increment('visits')
      if (place === 'session first') compress(request, response, () => undefined)
      await scenario.send(response, request)
    },
    (error, _request, response) => {
      events.push(isSojournError(error) ? error.code : String(error))
      response.setHeader('X-Error', 'handled')
      response.end(`failed: ${isSojournError(error) ? error.code : String(error)}`)
    },
  )
  return place === 'session first' ? listener : wirings[place](listener)
}

type Ask = (listener: RequestListener, request: RawRequest) => Promise<Answer>

async function overHttp1(listener: RequestListener, request: RawRequest): Promise<Answer> {
  await using running = await serve(listener)
  return await fetchRaw(running.port, request)
}

async function overHttp2(
  listener: RequestListener,
  { method = 'GET', path, headers = {}, body = '', onFirstByte }: RawRequest,
): Promise<Answer> {
  await using running = await protocols['HTTP/2'](listener)
  const response = await running.ask(path, { method, headers, ...(body !== '' && { body }) })
  onFirstByte?.()
  const all = (name: string): string[] =>
    name === 'set-cookie' ? response.headers.getSetCookie() : [response.headers.get(name)].flatMap((value) => value ?? [])
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(running.violations).toEqual([])
  return { status: response.status, headers: [...response.headers], all, header, body: decode(bytes, header('content-encoding')) }
}

async function run(outcome: Outcome, scenario: Scenario, place: Place, ask: Ask): Promise<void> {
  const slow = slowSessions(outcome)
  const answer = await ask(listenerFor(slow, scenario, place), { ...scenario.request, onFirstByte: () => slow.events.push('first byte') })
  if (outcome === 'is saved') expectSaved(answer, slow.events, scenario)
  else expectNotSaved(answer, slow.events, scenario)
}

describe.each([
  ['HTTP/1', overHttp1],
  ['HTTP/2', overHttp2],
] as const)('%s', (_protocol, ask) => {
  describe.each(['bare', 'session first', 'compression first'] as const)('%s', (place) => {
    describe.each(['is saved', 'is not saved'] as const)('the session %s', (outcome) => {
      it.concurrent.each(nodeScenarios)('$name', async (scenario) => {
        expect.hasAssertions()
        await run(outcome, scenario, place, ask)
      })
    })
  })
})
