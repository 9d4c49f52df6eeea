/**
 * The server process of the soak; its argument is a list of places as JSON. It says its port when it listens, and then
 * measures itself when it is asked to.
 *
 * @module
 */
import type { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { createConsole } from '../../src/console/index.ts'
import type { EventName } from '../../src/core/basics/events.ts'
import { mount } from '../../src/frameworks/node/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionStore, Sessions } from '../../src/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { telemetry } from '../../src/telemetry/index.ts'
import { Census } from './census.ts'
import { inTheHeap, measure } from './measure.ts'
import { ABSOLUTE, IDLE, MAX_IN_MEMORY, pathOf, speedOf, STORE_TIMEOUT } from './settings.ts'
import type { Place } from './settings.ts'
import { shopOf } from './shop.ts'
import type { Basket } from './shop.ts'
import type { Figures } from './soak.ts'

/** `isThorough`: whether the whole heap is searched, which takes seconds. */
export interface ServerQuestion {
  readonly isThorough: boolean
}

/** The report of the process about itself. */
export interface Report {
  readonly figures: Figures
  readonly happened: Figures
  /** Connections of clients. */
  readonly connections: number
}

class Scraped extends MetricReader {
  protected async onShutdown(): Promise<void> {}

  protected async onForceFlush(): Promise<void> {}
}

/** The events of sessions that are counted. */
const told: Readonly<Partial<Record<EventName, string>>> = {
  created: 'sessions began',
  login: 'signed in',
  touched: 'deadlines extended',
  logout: 'signed out',
  revoked: 'revoked',
  expired: 'expired and swept',
  evicted: 'evicted',
  reuse: 'reuse alarms',
  merged: 'merged with other writers',
  dropped: 'late writes dropped',
}

const happened: Record<string, number> = {}
const census = new Census()
const emitters: Record<string, () => readonly EventEmitter[]> = { 'the process': () => [process], 'the server': () => [server] }
const reader = new Scraped()
const meterProvider = new MeterProvider({ readers: [reader] })

const places = JSON.parse(process.argv[2]!) as Place[]
const listeners = new Map<string, RequestListener>()
for (const place of places) listeners.set(pathOf(place.engine), await listenerOf(place))

const server = createServer((request, response) => {
  const listener = listeners.get(request.url!.split('/')[1]!)
  if (listener) listener(request, response)
  else response.writeHead(404).end()
})
// Only clients close connections, so that none is lost at the moment it is used again.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', ({ isThorough }: ServerQuestion) => {
  report(isThorough).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))

async function report(isThorough: boolean): Promise<Report> {
  await reader.collect()
  const connections = await new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
  return { figures: { ...(await measure({ emitters, census })), ...(isThorough && inTheHeap()) }, happened, connections }
}

async function listenerOf(place: Place): Promise<RequestListener> {
  const { engine } = place
  const speed = speedOf(engine)
  const start = Date.now()
  const sessions = createSessions<Basket>({
    secrets: ['a secret of the soak, long enough for it'],
    store: await storeOf(place),
    name: pathOf(engine),
    idleTimeout: IDLE * speed,
    absoluteTimeout: ABSOLUTE * speed,
    rotateEvery: '8m',
    storeTimeout: STORE_TIMEOUT,
    clock: { now: () => start + Math.floor((Date.now() - start) * speed) },
  })
  count(sessions)
  telemetry(sessions, { meterProvider, tracerProvider: false })
  const desk = createConsole(sessions, { access: () => 'an operator', path: `/${pathOf(engine)}/console` })
  return mount(desk, shopOf(sessions, census))
}

function count(sessions: Sessions<Basket>): void {
  const once = (what: string): void => void (happened[what] = (happened[what] ?? 0) + 1)
  for (const [name, what] of Object.entries(told) as [EventName, string][]) sessions.on(name, () => once(what))
  sessions.on('rotated', ({ routine }) => once(routine ? 'rotated routinely' : 'rotated when asked'))
  sessions.on('storeError', ({ code }) => once(code === 'ERR_SESSION_STORE_TIMEOUT' ? 'calls timed out' : 'calls failed'))
}

async function storeOf({ engine, location }: Place): Promise<SessionStore> {
  switch (engine) {
    case 'memory':
      return memoryStore({ maxSessions: MAX_IN_MEMORY })
    case 'SQLite':
      return sqliteStore(location)
    case 'PostgreSQL': {
      // Always as many connections, so that their number says nothing.
      const pool = new Pool({ connectionString: location, idleTimeoutMillis: 0 })
      const clients = new Set<EventEmitter>()
      pool.on('error', () => undefined)
      pool.on('connect', (client) => void clients.add(client))
      pool.on('remove', (client) => void clients.delete(client))
      const opened = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()))
      for (const client of opened) client.release()
      emitters["PostgreSQL's pool"] = () => [pool]
      emitters["PostgreSQL's busiest connection"] = () => [...clients]
      return postgresStore(pool)
    }
    case 'Redis': {
      const client = createClient({ url: location })
      client.on('error', () => undefined)
      emitters["Redis's client"] = () => [client]
      return redisStore(await client.connect())
    }
  }
}
