/**
 * Writers of one session at the same time, in one process and in three. Every increment must be counted.
 *
 * @module
 */
import { newSessionId } from '../../src/core/token/session-token.ts'
import { Child } from '../processes.ts'
import type { Ground } from './engine.ts'
import type { Extent } from './points.ts'
import { sessionsOn, signIn } from './records.ts'
import type { Copies } from './records.ts'
import { reading } from './sample.ts'
import type { Reading } from './sample.ts'
import { share } from './share.ts'
import type { Costs, Share } from './share.ts'

const PROCESSES = 3
const SIZES = [1, 2, 4, 8, 16, 32, 64]

/** Where the processes find the session. */
export interface Place {
  readonly engine: string
  readonly location: string
}

/** @param place left out where other processes cannot reach the store */
export async function writersOf(
  ground: Ground,
  copies: Copies,
  place: Place | undefined,
  { times }: Extent,
): Promise<[writers: number, Reading[]][]> {
  const others = place ? Array.from({ length: PROCESSES }, () => new Child('growth/writer.ts', place)) : []
  try {
    await Promise.all(others.map((child) => child.hear()))
    const all: [number, Reading[]][] = []
    for (const writers of SIZES) {
      // Enough for a p99, and rounds enough for many writers to meet.
      const turns = Math.max(Math.ceil(Math.min(300, times) / writers), Math.min(10, Math.ceil(times / 10)))
      const order = await orderOn(ground, copies, writers, turns)
      const inOne = await counted(ground, order, async () => [await share(ground, order)])
      const readings = [reading('increment', inOne.ours), reading('own increment', inOne.bare)]
      if (others.length > 0) {
        const inThree = await counted(ground, order, () =>
          Promise.all(others.map((child, i) => child.ask<Costs>({ ...order, writers: Math.ceil((writers - i) / PROCESSES) }))),
        )
        readings.push(reading('increment, three processes', inThree.ours), reading('own increment, three processes', inThree.bare))
      }
      all.push([writers, readings])
    }
    return all
  } finally {
    await Promise.all(others.map((child) => child.end()))
  }
}

/** A session for all writers, and a record that the engine alone writes. */
async function orderOn({ store, fill }: Ground, copies: Copies, writers: number, turns: number): Promise<Share> {
  const bare = copies(newSessionId(), 'bare-writers')
  await fill([bare])
  return { cookie: await signIn(sessionsOn(store), 'writers', 500), bare, turns, writers }
}

/** @throws if not every increment was counted */
async function counted({ store }: Ground, { cookie, writers, turns }: Share, write: () => Promise<readonly Costs[]>): Promise<Costs> {
  const before = await countOf()
  const all = await write()
  const counts = (await countOf()) - before
  if (counts !== writers * turns) throw new Error(`Of ${writers * turns} increments ${counts} were counted.`)
  return { ours: all.flatMap(({ ours }) => ours), bare: all.flatMap(({ bare }) => bare) }

  async function countOf(): Promise<number> {
    let count = 0
    await sessionsOn(store).handle(new Request('https://shop.example/', { headers: { cookie } }), async (session) => {
      count = (await session.get('count'))!
      return new Response('thanks')
    })
    return count
  }
}
