/**
 * What a client opens while a call is under way, such as a connection, has the asynchronous context of that call for as
 * long as it lives.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StoreTrace } from '../../src/index.ts'
import { telemetry } from '../../src/telemetry/index.ts'
import { application } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const engine = createServer((peer) => peer.on('error', () => undefined).pipe(peer))
const exporter = new InMemorySpanExporter()
let watched: Application
let connection: Socket
let stop: () => void
let failing: () => Promise<unknown>

beforeEach(async () => {
  await once(engine.listen(0, '127.0.0.1'), 'listening')
  watched = application()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  stop = telemetry(watched.sessions, { meterProvider: false, tracerProvider })
  const browser = client(watched.sessions)
  await browser.run((session) => session.set('theme', 'dark'))
  exporter.reset()
  // As a client does that finds its connection cut: the call fails, and the new connection stays.
  watched.store.before('load', async ({ nth }) => {
    if (nth > 1) return
    connection = connect((engine.address() as AddressInfo).port, '127.0.0.1')
    await once(connection, 'connect')
    throw new Error('connection reset')
  })
  failing = () => browser.run((session) => session.get('theme'))
})
afterEach(() => {
  stop()
  connection.destroy()
  engine.close()
})

test('the connection keeps nothing of the call', async () => {
  const kept: WeakRef<object>[] = []
  const { asyncEnd } = tracingChannel<unknown, StoreTrace>('sojourn:store')
  const keep = (message: unknown): void => {
    kept.push(new WeakRef(message as StoreTrace), new WeakRef((message as StoreTrace).error as Error))
  }
  asyncEnd.subscribe(keep)
  await failing().catch(() => undefined)
  asyncEnd.unsubscribe(keep)
  expect(kept).toHaveLength(2)
  // A WeakRef holds its target until the task is over.
  await setImmediate()
  gc()
  expect(connection.readyState).toBe('open')
  expect(kept.filter((ref) => ref.deref())).toEqual([])
})

test('what comes by the connection later is no part of the call', async () => {
  await expect(failing()).rejects.toThrow('load')
  exporter.reset()
  // As a notice does that another process has sent.
  const done = new Promise<unknown>((resolve) => connection.once('data', () => resolve(watched.sessions.of('alice').list())))
  connection.write('a notice')
  await done
  const spans = exporter.getFinishedSpans().map(({ name, parentSpanContext }) => [name, parentSpanContext])
  expect(spans).toContainEqual(['sojourn.store.principals.list', undefined])
})
