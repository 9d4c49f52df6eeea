/**
 * The share of one process when several write one session.
 *
 * @module
 */
import type { StoredRecord } from '../../src/contracts.ts'
import { isSojournError } from '../../src/core/basics/errors.ts'
import type { Ground } from './engine.ts'
import { sessionsOn } from './records.ts'
import { timed } from './sample.ts'

export interface Share {
  readonly cookie: string
  /** The record that the engine alone writes again and again. */
  readonly bare: StoredRecord
  /** How often each writer writes. */
  readonly turns: number
  readonly writers: number
}

/** Microseconds of each increment, and of each write of the engine's own. */
export interface Costs {
  readonly ours: number[]
  readonly bare: number[]
}

export async function share({ store, own }: Ground, { cookie, bare: record, turns, writers }: Share): Promise<Costs> {
  const sessions = sessionsOn(store)
  const [ours, bare]: [number[], number[]] = [[], []]
  const visit = (): Promise<Response> =>
    sessions.handle(new Request('https://shop.example/', { headers: { cookie } }), (session) => {
      session.increment('count')
      return new Response('thanks')
    })
  const all = Array.from({ length: writers })
  for (let turn = 0; turn < turns; turn++) await Promise.all(all.map(() => timed(ours, () => untilSaved(visit))))
  for (let turn = 0; turn < turns; turn++) {
    await Promise.all(all.map((_, i) => timed(bare, () => own.write({ ...record, body: changed(record.body, turn * writers + i) }))))
  }
  return { ours, bare }
}

/** A process that always comes second may be told to try again: then nothing was written. */
async function untilSaved(visit: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await visit()
      return
    } catch (error) {
      if (!isSojournError(error) || error.code !== 'ERR_SESSION_CONFLICT') throw error
    }
  }
}

/** As long as before: an engine may skip a write that changes nothing. */
function changed(body: string, turn: number): string {
  return String(turn).padStart(8, '0') + body.slice(8)
}
