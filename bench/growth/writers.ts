/**
 * Writers of one session at the same time, in one process and in three. Every increment must be counted.
 *
 * @module
 */
import { newSessionId } from '../../src/core/token/session-token.ts'
import { Child } from '../processes.ts'
import type { Ground } from './engine.ts'
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
export async function writersOf(ground: Ground, copies: Copies, place: Place | undefined): Promise<[writers: number, Reading[]][]> {
  const others = place ? Array.from({ length: PROCESSES }, () => new Child('growth/writer.ts', place)) : []
  try {
    await Promise.all(others.map((child) => child.hear()))
    const all: [number, Reading[]][] = []
    for (const writers of SIZES) {
      const inOne = await measure(ground, copies, writers, async (order) => [await share(ground, order)])
      const readings = [reading('increment', inOne.ours), reading('own increment', inOne.bare)]
      if (others.length > 0) {
        const inThree = await measure(ground, copies, writers, (order) =>
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

async function measure(
  { store, fill }: Ground,
  copies: Copies,
  writers: number,
  write: (order: Share) => Promise<readonly Costs[]>,
): Promise<Costs> {
  const sessions = sessionsOn(store)
  const cookie = await signIn(sessions, 'writers', 500)
  const bare = copies(newSessionId(), 'bare-writers')
  await fill([bare])
  const turns = Math.max(10, Math.ceil(300 / writers))
  const before = await countOf()
  const all = await write({ cookie, bare, turns, writers })
  const counted = (await countOf()) - before
  if (counted !== writers * turns) throw new Error(`Of ${writers * turns} increments ${counted} were counted.`)
  return { ours: all.flatMap(({ ours }) => ours), bare: all.flatMap((costs) => costs.bare) }

  async function countOf(): Promise<number> {
    let count = 0
    await sessions.handle(new Request('https://shop.example/', { headers: { cookie } }), async (session) => {
      count = (await session.get('count'))!
      return new Response('thanks')
    })
    return count
  }
}
