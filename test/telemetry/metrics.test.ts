import { InMemoryMetricExporter, AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, test } from 'vitest'
import { createAuth } from '../../src/auth/index.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { telemetry } from '../../src/telemetry/index.ts'
import { SECRET, application } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** Reports some sessions to an SDK, and returns what it has by now. */
function measured(sessions: Sessions): () => Promise<Map<string, MetricData>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  stops.push(telemetry(sessions, { meterProvider, tracerProvider: false }), () => meterProvider.shutdown())
  return async () => {
    exporter.reset()
    await reader.forceFlush()
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: some }) => some))
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]))
  }
}

function countsOf(metric: MetricData | undefined): [attributes: object, count: number][] {
  const points = (metric?.dataPoints ?? []) as DataPoint<number | Histogram>[]
  return points.map(({ attributes, value }) => [attributes, typeof value === 'number' ? value : value.count])
}

describe('metrics', () => {
  test('of a life: begun, signed in, saved, ended', async () => {
    const { sessions } = application()
    const read = measured(sessions)
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.increment('visits'))
    await browser.run((session) => session.logout())
    const metrics = await read()
    expect(countsOf(metrics.get('sojourn.session.created'))).toEqual([[{}, 1]])
    expect(countsOf(metrics.get('sojourn.session.ended'))).toEqual([[{ 'sojourn.end.reason': 'logout' }, 1]])
    expect(countsOf(metrics.get('sojourn.sign_in.attempts'))).toEqual([
      [{ 'sojourn.sign_in.result': 'success', 'sojourn.sign_in.again': false }, 1],
    ])
    expect(countsOf(metrics.get('sojourn.commit.duration'))).toEqual([
      [{ 'sojourn.commit.outcome': 'created' }, 1],
      [{ 'sojourn.commit.outcome': 'written' }, 2],
      [{ 'sojourn.commit.outcome': 'ended' }, 1],
    ])
    expect(countsOf(metrics.get('sojourn.commit.attempts'))).toEqual([[{}, 3]])
    expect(countsOf(metrics.get('sojourn.load.duration'))).toEqual([
      [{ 'sojourn.load.found': false }, 1],
      [{ 'sojourn.load.found': true }, 3],
    ])
  })

  test('of the store, and of its failures', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    const read = measured(sessions)
    await browser.run((session) => session.get('theme'))
    store.before('load', () => {
      throw new Error('connection refused')
    })
    await expect(browser.run((session) => session.get('theme'))).rejects.toThrow('The store failed')
    const load = { 'sojourn.store': 'memory', 'sojourn.store.operation': 'load' }
    expect(countsOf((await read()).get('sojourn.store.operation.duration'))).toEqual([
      [load, 1],
      [{ ...load, 'error.type': 'ERR_SESSION_STORE' }, 1],
    ])
  })

  test('of sign-ins that fail', async () => {
    const sessions = createSessions({ secrets: [SECRET], development: true, store: memoryStore() })
    const read = measured(sessions)
    const auth = createAuth({
      sessions,
      users: {
        findByName: async () => undefined,
        findById: async () => undefined,
        savePassword: () => undefined,
        describe: () => ({ id: '', password: '', disabled: false }),
      },
      passwords: { algorithm: 'scrypt', cost: 2, blockSize: 1 },
      throttle: { account: { failures: 1, per: '1h' } },
    })
    expect(await auth.authenticate('nobody', 'wrong')).toBeUndefined()
    await expect(auth.authenticate('nobody', 'wrong')).rejects.toMatchObject({ code: 'ERR_SESSION_THROTTLED' })
    expect(countsOf((await read()).get('sojourn.sign_in.attempts'))).toEqual([
      [{ 'sojourn.sign_in.result': 'failure', 'sojourn.sign_in.again': false, 'error.type': 'name' }, 1],
      [{ 'sojourn.sign_in.result': 'throttled', 'sojourn.sign_in.again': false, 'error.type': 'account' }, 1],
    ])
  })

  test('of an alarm: the session ends because of it, and not because somebody revoked it', async () => {
    const { sessions, clock } = application({ rotateEvery: '10m', idleTimeout: '1d' })
    const read = measured(sessions)
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const thief = browser.copy()
    for (let i = 0; i < 3; i++) {
      clock.advance('11m')
      await browser.run((session) => session.get('theme'))
      await browser.run((session) => session.get('theme'))
    }
    await thief.run((session) => session.load())
    const metrics = await read()
    expect(countsOf(metrics.get('sojourn.token.refused'))).toEqual([[{ 'sojourn.refusal.reason': 'reuse' }, 1]])
    expect(countsOf(metrics.get('sojourn.session.ended'))).toEqual([[{ 'sojourn.end.reason': 'reuse' }, 1]])
    expect(countsOf(metrics.get('sojourn.token.rotations'))).toEqual([[{ 'sojourn.rotation.routine': true }, 3]])
  })

  test('of the given sessions only, and of none after the stop', async () => {
    const [shop, admin] = ['shop', 'admin'].map((name) => createSessions({ secrets: [SECRET], development: true, name }))
    const read = measured(shop!)
    await client(admin!).run((session) => session.set('theme', 'dark'))
    expect(await read()).toEqual(new Map())
    await client(shop!).run((session) => session.set('theme', 'dark'))
    expect(countsOf((await read()).get('sojourn.session.created'))).toEqual([[{}, 1]])
    await stops.shift()!()
    await client(shop!).run((session) => session.set('theme', 'dark'))
    const metrics = await read()
    expect(countsOf(metrics.get('sojourn.session.created'))).toEqual([[{}, 1]])
    expect(countsOf(metrics.get('sojourn.commit.duration'))).toEqual([[{ 'sojourn.commit.outcome': 'created' }, 1]])
  })

  test('units are those of UCUM, and nothing is personal', async () => {
    const { sessions } = application()
    const read = measured(sessions)
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.logout())
    const metrics = await read()
    expect(Object.fromEntries([...metrics].map(([name, { descriptor }]) => [name, descriptor.unit]))).toEqual({
      'sojourn.session.created': '{session}',
      'sojourn.session.ended': '{session}',
      'sojourn.sign_in.attempts': '{attempt}',
      'sojourn.load.duration': 's',
      'sojourn.commit.duration': 's',
      'sojourn.commit.attempts': '{attempt}',
      'sojourn.store.operation.duration': 's',
    })
    const told = JSON.stringify([...metrics])
    expect(told).not.toContain('alice')
    for (const token of browser.jar.values()) expect(told).not.toContain(token)
  })
})
