import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, expect, test } from 'vitest'
import type { Sessions } from '../../src/index.ts'
import { telemetry } from '../../src/telemetry/index.ts'
import type { TelemetryOptions } from '../../src/telemetry/index.ts'
import { application } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Reports some sessions to an SDK, and returns the spans that have ended. */
function spansOf(sessions: Sessions, options: TelemetryOptions = {}): () => ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  stops.push(telemetry(sessions, { meterProvider: false, tracerProvider, ...options }))
  return () => exporter.getFinishedSpans()
}

/** Each span as `parent > name`. */
function paths(spans: readonly ReadableSpan[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]))
  return spans.map(({ name, parentSpanContext }) => (parentSpanContext ? `${names.get(parentSpanContext.spanId)} > ${name}` : name))
}

test('each call is a span below the call that made it', async () => {
  const { sessions } = application()
  const browser = client(sessions)
  await browser.run((session) => session.set('theme', 'dark'))
  const spans = spansOf(sessions)
  await browser.run(async (session) => {
    await session.get('theme')
    await session.login('alice')
  })
  expect(paths(spans())).toEqual([
    'sojourn.load > sojourn.store.load',
    'sojourn.load',
    'sojourn.login > sojourn.store.principals.epoch',
    'sojourn.login',
    'sojourn.commit > sojourn.store.update',
    'sojourn.commit > sojourn.store.principals.epoch',
    'sojourn.commit > sojourn.store.notices.publish',
    'sojourn.commit',
  ])
  const kinds = new Set(spans().map(({ name, kind }) => `${name.startsWith('sojourn.store') ? 'store' : 'own'} ${kind}`))
  expect(kinds).toEqual(new Set([`store ${SpanKind.CLIENT}`, `own ${SpanKind.INTERNAL}`]))
})

test('a span says which session it was and what became of it, and no more than that', async () => {
  const { sessions } = application()
  const spans = spansOf(sessions)
  const browser = client(sessions)
  const { result: id } = await browser.run(async (session) => {
    await session.login('alice')
    await session.commit()
    return session.id
  })
  expect(spans().find(({ name }) => name === 'sojourn.commit')!.attributes).toEqual({
    'sojourn.application': 'session',
    'sojourn.session.id': id,
    'sojourn.commit.operations': 1,
    'sojourn.commit.attempts': 1,
    'sojourn.commit.outcome': 'created',
  })
  const told = JSON.stringify(spans().map(({ attributes, events, status }) => [attributes, events, status]))
  expect(told).not.toContain('alice')
  for (const token of browser.jar.values()) expect(told).not.toContain(token)
})

test('with `principals` a span says who is signed in', async () => {
  const { sessions } = application()
  const spans = spansOf(sessions, { principals: true })
  await client(sessions).run((session) => session.login('alice'))
  expect(spans().find(({ name }) => name === 'sojourn.commit')!.attributes['user.id']).toBe('alice')
})

test('a failed call has the code of its error, and no text of the application’s own errors', async () => {
  const { sessions, store } = application()
  const browser = client(sessions)
  await browser.run((session) => session.set('theme', 'dark'))
  const spans = spansOf(sessions)
  const failing = browser.run((session) =>
    session.update('theme', () => {
      throw new TypeError('the value is dark')
    }),
  )
  await expect(failing).rejects.toThrow('the value is dark')
  const commit = spans().find(({ name }) => name === 'sojourn.commit')!
  expect(commit.attributes).toMatchObject({ 'error.type': 'TypeError', 'sojourn.commit.outcome': 'failed' })
  expect(commit.status).toEqual({ code: SpanStatusCode.ERROR })
  expect(JSON.stringify(commit.events)).not.toContain('dark')
  store.before('load', () => {
    throw new Error('connection refused')
  })
  await expect(browser.run((session) => session.load())).rejects.toThrow('The store failed')
  const load = spans().findLast(({ name }) => name === 'sojourn.store.load')!
  expect(load.status).toEqual({ code: SpanStatusCode.ERROR, message: expect.stringMatching(/^The store failed in load\. \[sojourn/) })
  expect(load.attributes['error.type']).toBe('ERR_SESSION_STORE')
})
