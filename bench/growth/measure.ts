/**
 * The four series on one engine.
 *
 * @module
 */
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import { at, DAY, listed, nextOf, NOW } from '../../src/testing/store-contract/rule.ts'
import { bodyOf, createAll, eachOf, idOf, LATER, recordOf } from './ground.ts'
import type { Ground } from './ground.ts'
import type { Point, Series } from './points.ts'

/** How long and how large. */
export interface Extent {
  /** The largest number of sessions. */
  readonly max: number
  /** Seconds that filling one engine may take. */
  readonly seconds: number
  /** Milliseconds that one group of steps is measured at most, and how often at most. */
  readonly patience: number
  readonly times: number
  /** The most sessions of one principal. */
  readonly ofOne: number
}

type Steps = Readonly<Record<string, (turn: number) => unknown>>
type Reading = Pick<Point, 'step' | 'p50' | 'p99'>

const FIRST = 1_000
const DEAD = 1e9
const SIZED = 1.5e9
const WRITERS = [1, 2, 4, 8, 16, 32, 64]

export async function measureGround(ground: Ground, extent: Extent): Promise<Point[]> {
  const sessions = createSessions<{ count: number }>({ secrets: ['a secret of the bench, long enough for it'], store: ground.store })
  const points: Point[] = []
  const add = (series: Series, size: number, readings: readonly Reading[]): void => {
    points.push(...readings.map((reading) => ({ series, engine: ground.engine, size, ...reading })))
  }
  let began = performance.now()
  let filling = 0
  for (let size = FIRST, from = 0; size <= extent.max; from = size, size *= 10) {
    // Ten times as many take ten times as long; what would not fit is not begun.
    if (from > 0 && filling * 10 > extent.seconds * 1_000) break
    began = performance.now()
    await fillTo(ground, from, size, LATER)
    filling = performance.now() - began
    add('sessions', size, await stepsOf(ground, sessions, size, extent))
    add('sessions', size, await sweepOf(ground, size, extent))
  }
  for (const bytes of [100, 1_024, 4_096, 16_384, 65_536]) add('bytes', bytes, await bytesOf(ground, bytes, extent))
  for (let many = 1; many <= extent.ofOne; many = many < 10_000 ? many * 10 : many * 2) {
    add('of one principal', many, await principalOf(sessions, many))
  }
  for (const writers of WRITERS) add('writers', writers, await writersOf(ground, sessions, writers))
  return points
}

async function fillTo(ground: Ground, from: number, to: number, expiresAt: number): Promise<void> {
  for (let start = from; start < to; start += 10_000) await ground.fill(start, Math.min(to, start + 10_000), expiresAt)
}

function stepsOf({ store, own }: Ground, sessions: Sessions<object>, size: number, extent: Extent): Promise<Reading[]> {
  const any = (): number => Math.floor(Math.random() * size)
  const body = bodyOf(700)
  const fresh = new Map<number, StoredRecord>()
  return sample(
    {
      read: () => store.load(idOf(any()), at(NOW)),
      'own read': () => own.read(idOf(any())),
      write: async (turn) => {
        // Each record once, because only its next version is written.
        const i = (turn * 7_919) % size
        const known = fresh.get(i) ?? (await store.load(idOf(i), at(NOW)))!
        fresh.set(i, nextOf(known, { body: changed(body, turn) }))
        return async () => {
          if ((await store.update(fresh.get(i)!, at(NOW))) !== 'updated') throw new Error('A write was not made.')
        }
      },
      'own write': (turn) => own.write(idOf(any()), changed(body, turn)),
      'sign-in': () => signIn(sessions, `user-${any() >> 1}`),
      list: () => listed(store.principals!, `user-${any() >> 1}`),
    },
    extent,
  )
}

function signIn(sessions: Sessions<object>, principal: string): Promise<Response> {
  return sessions.handle(new Request('https://shop.example/'), async (session) => {
    await session.login(principal)
    return new Response('welcome')
  })
}

/** A tenth as many dead ones are swept, while reads go on. */
async function sweepOf(ground: Ground, size: number, extent: Extent): Promise<Reading[]> {
  const { sweeper } = ground.store
  if (!sweeper) return []
  await fillTo(ground, DEAD + size, DEAD + size + size / 10, NOW + DAY)
  const sweeps: number[] = []
  const reads: number[] = []
  let isDone = false
  const serve = async (): Promise<void> => {
    while (!isDone) {
      await timed(reads, () => ground.store.load(idOf(Math.floor(Math.random() * size)), at(NOW)))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const serving = serve()
  const until = performance.now() + extent.patience * 10
  let swept = 0
  while (!isDone) {
    await timed(sweeps, async () => {
      const { expired, done } = await sweeper.sweep(1_000, at(NOW + 2 * DAY))
      swept += expired.length
      isDone = done || (swept > 0 && performance.now() > until)
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
  await serving
  if (swept === 0) throw new Error('The sweep found nothing.')
  return [reading('sweep of 1,000', sweeps), reading('read while sweeping', reads)]
}

let sized = SIZED

async function bytesOf({ store, own }: Ground, bytes: number, extent: Extent): Promise<Reading[]> {
  const first = sized
  const many = 64
  sized += many
  const body = bodyOf(bytes)
  const records = Array.from({ length: many }, (_, i) => ({ ...recordOf(first + i), body }))
  await createAll(store, records)
  for (let i = 0; i < many; i++) await own.write(idOf(first + i), body)
  return sample(
    {
      read: (turn) => store.load(records[turn % many]!.id, at(NOW)),
      'own read': (turn) => own.read(records[turn % many]!.id),
      write: (turn) => store.update((records[turn % many] = nextOf(records[turn % many]!, { body: changed(body, turn) })), at(NOW)),
      'own write': (turn) => own.write(records[turn % many]!.id, changed(body, turn)),
    },
    extent,
  )
}

async function principalOf(sessions: Sessions<object>, many: number): Promise<Reading[]> {
  const principal = `many-${many}`
  const all = sessions.of(principal)
  await eachOf(
    Array.from({ length: many }, () => principal),
    (name) => signIn(sessions, name),
  )
  const [lists, ends]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < 3; turn++) {
    await timed(lists, async () => {
      if ((await all.list()).length !== many) throw new Error('The list is not complete.')
    })
  }
  await timed(ends, () => all.revokeAll())
  if ((await all.list()).length > 0) throw new Error('A session outlived revokeAll.')
  return [reading('list', lists), reading('revokeAll', ends)]
}

/** Each writer increments ten times, and every one must be counted. */
async function writersOf({ own }: Ground, sessions: Sessions<{ count?: number }>, writers: number): Promise<Reading[]> {
  const first = await sessions.handle(new Request('https://shop.example/'), (session) => {
    session.set('count', 0)
    return new Response('welcome')
  })
  const headers = { cookie: first.headers.getSetCookie()[0]!.split(';')[0]! }
  const [ours, bare]: [number[], number[]] = [[], []]
  const body = bodyOf(700)
  for (let turn = 0; turn < 10; turn++) {
    const all = Array.from({ length: writers })
    await Promise.all(all.map(() => timed(ours, () => visit((session) => session.increment('count')))))
    await Promise.all(all.map((_, i) => timed(bare, () => own.write(idOf(0), changed(body, turn * writers + i)))))
  }
  let count = 0
  await visit(async (session) => void (count = (await session.get('count')) ?? 0))
  if (count !== writers * 10) throw new Error(`Of ${writers * 10} increments ${count} were counted.`)
  return [reading('increment', ours), reading('own write', bare)]

  function visit(
    work: (session: { increment(key: 'count'): void; get(key: 'count'): Promise<number | undefined> }) => unknown,
  ): Promise<Response> {
    return sessions.handle(new Request('https://shop.example/', { headers }), async (session) => {
      await work(session)
      return new Response('thanks')
    })
  }
}

/** As long as before: an engine may skip a write that changes nothing. */
function changed(body: string, turn: number): string {
  return String(turn).padStart(8, '0') + body.slice(8)
}

/** All steps in turn, so that what disturbs the machine disturbs all. A step may return the part that counts. */
async function sample(steps: Steps, { patience, times }: Extent): Promise<Reading[]> {
  const readings = Object.entries(steps).map(([step, work]) => ({ step, work, costs: [] as number[] }))
  const until = performance.now() + patience
  const [warm, least] = [5, 20]
  for (let turn = 0; turn < warm + times && (turn < warm + least || performance.now() < until); turn++) {
    for (const { work, costs } of readings) {
      const start = performance.now()
      const rest = await work(turn)
      if (typeof rest === 'function') await timed(costs, rest as () => unknown)
      else costs.push((performance.now() - start) * 1_000)
      if (turn < warm) costs.length = 0
    }
  }
  return readings.map(({ step, costs }) => reading(step, costs))
}

async function timed(costs: number[], work: () => unknown): Promise<void> {
  const start = performance.now()
  await work()
  costs.push((performance.now() - start) * 1_000)
}

function reading(step: string, costs: readonly number[]): Reading {
  const sorted = costs.toSorted((a, b) => a - b)
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1]! * 10) / 10
  return { step, p50: at(0.5), p99: at(0.99) }
}
