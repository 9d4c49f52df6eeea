/**
 * What a session weighs in the memory store, beside a Map of the same texts.
 *
 * @module
 */
import { memoryStore } from 'sojourn'
import { dataOf } from './data.ts'
import { IDLE } from './places.ts'

/** Bytes of heap for one session: of ours, and of a Map of `{ body, expiresAt, version }`. */
export interface Weight {
  readonly ours: number
  readonly map: number
}

/** @param count how many sessions share the weight */
export async function weighSessions(count: number): Promise<Weight> {
  const map = await weigh(count, async () => {
    const records = new Map<string, { body: string; expiresAt: number; version: number }>()
    for (let i = 0; i < count; i++) records.set(idOf(i), { body: bodyOf(i), expiresAt: Date.now() + i, version: 1 })
    return records
  })
  const ours = await weigh(count, async () => {
    const call = { now: Date.now(), signal: new AbortController().signal }
    const store = memoryStore({ maxSessions: count })
    for (let i = 0; i < count; i++) {
      const until = call.now + IDLE + i
      await store.create({ id: idOf(i), version: 1, expiresAt: until, retainUntil: until, principal: null, body: bodyOf(i) }, call)
    }
    return store
  })
  return { ours, map }
}

async function weigh(count: number, fill: () => Promise<object>): Promise<number> {
  const { gc } = globalThis as { gc?: () => void }
  if (!gc) throw new Error('Run with --expose-gc.')
  gc()
  const before = process.memoryUsage().heapUsed
  const kept = await fill()
  gc()
  const after = process.memoryUsage().heapUsed
  // What is still held here was not collected.
  return Object.keys(kept).length < 0 ? 0 : (after - before) / count
}

function bodyOf(i: number): string {
  return JSON.stringify({ ...dataOf('/seed'), visits: i })
}

function idOf(i: number): string {
  return `${i}`.padStart(22, 'x')
}
