/**
 * Without sockets: the whole path through the memory store against a hand-written floor, and what a session weighs.
 *
 * @module
 */
import { createSessions, memoryStore } from 'sojourn'
import { data, sessionCount } from './contestants.ts'

/** CPU microseconds for one visit. */
export interface InProcess {
  readonly read: number
  readonly write: number
}

export interface Versus {
  readonly ours: InProcess
  readonly floor: InProcess
}

type Visit = (turn: number) => Promise<void>

/** Ours and the floor in turn, several times; the median of each. */
export async function measureInProcess(rounds: number, visits: number): Promise<Versus> {
  const visitors = { ours: await makeOurs(), floor: makeFloor() }
  const samples = { ours: { read: [] as number[], write: [] as number[] }, floor: { read: [] as number[], write: [] as number[] } }
  for (let round = -1; round < rounds; round++) {
    for (const who of ['ours', 'floor'] as const) {
      for (const what of ['read', 'write'] as const) {
        const cost = await cpuOf(visitors[who][what], visits)
        if (round >= 0) samples[who][what].push(cost)
      }
    }
  }
  const medians = ({ read, write }: { read: number[]; write: number[] }): InProcess => ({ read: median(read), write: median(write) })
  return { ours: medians(samples.ours), floor: medians(samples.floor) }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

async function cpuOf(visit: Visit, visits: number): Promise<number> {
  const before = process.cpuUsage()
  for (let turn = 0; turn < visits; turn++) await visit(turn)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / visits
}

async function makeOurs(): Promise<{ read: Visit; write: Visit }> {
  const sessions = createSessions({ secrets: ['a secret of the bench, long enough for it'], store: memoryStore() })
  const cookies: string[] = []
  while (cookies.length < sessionCount) {
    const session = sessions.open({ headers: {} })
    for (const [key, value] of Object.entries(data)) session.set(key, value)
    await session.commit()
    cookies.push(`theme=dark; ${session.takeHeaders()[0]![1].split(';')[0]}`)
  }
  const exchange = { accessed: () => {}, changed: () => {} }
  const open = (turn: number) => sessions.open({ headers: { cookie: cookies[turn % sessionCount] } }, exchange)
  return {
    read: async (turn) => void (await open(turn).get('theme')),
    write: async (turn) => {
      const session = open(turn)
      session.set('visits', turn)
      await session.commit()
      session.takeHeaders()
    },
  }
}

/** What any session must do: find the cookie, find the record, check its deadline, read and write JSON. Nothing is checked or merged. */
function makeFloor(): { read: Visit; write: Visit } {
  const records = new Map<string, { json: string; expiresAt: number }>()
  const cookies: string[] = []
  for (let i = 0; i < sessionCount; i++) {
    const id = `${i}`.padStart(22, 'x')
    records.set(id, { json: JSON.stringify(data), expiresAt: Date.now() + 1_800_000 })
    cookies.push(`theme=dark; session=${id}`)
  }
  const load = async (turn: number): Promise<{ id: string; values: Record<string, unknown> } | undefined> => {
    const header = cookies[turn % sessionCount]!
    const at = header.indexOf('session=')
    const id = header.slice(at + 8)
    const record = records.get(id)
    return record && record.expiresAt > Date.now() ? { id, values: JSON.parse(record.json) as Record<string, unknown> } : undefined
  }
  return {
    read: async (turn) => void (await load(turn))?.values['theme'],
    write: async (turn) => {
      const loaded = (await load(turn))!
      loaded.values['visits'] = turn
      records.set(loaded.id, { json: JSON.stringify(loaded.values), expiresAt: Date.now() + 1_800_000 })
    },
  }
}

/** Bytes of heap for one session: in the memory store, and in a Map of `{ body, expiresAt, version }` with the same bodies. */
export async function weighSessions(count: number): Promise<{ ours: number; map: number }> {
  const { gc } = globalThis as { gc?: () => void }
  if (!gc) throw new Error('Run with --expose-gc.')
  const body = (i: number): string => JSON.stringify({ ...data, visits: i })
  const id = (i: number): string => `${i}`.padStart(22, 'x')
  const weigh = async (fill: () => Promise<unknown>): Promise<number> => {
    gc()
    const before = process.memoryUsage().heapUsed
    const kept = await fill()
    gc()
    const after = process.memoryUsage().heapUsed
    return kept === undefined ? 0 : (after - before) / count
  }
  const map = await weigh(async () => {
    const records = new Map<string, { body: string; expiresAt: number; version: number }>()
    for (let i = 0; i < count; i++) records.set(id(i), { body: body(i), expiresAt: Date.now() + i, version: 1 })
    return records
  })
  const call = { now: Date.now(), signal: new AbortController().signal }
  const ours = await weigh(async () => {
    const store = memoryStore({ maxSessions: count })
    const until = call.now + 1_800_000
    for (let i = 0; i < count; i++) {
      await store.create({ id: id(i), version: 1, expiresAt: until + i, retainUntil: until + i, principal: null, body: body(i) }, call)
    }
    return store
  })
  return { ours, map }
}
