/**
 * What is measured beside the memory store: a Map of the same bodies, and a Map of the ids of each principal.
 *
 * @module
 */
import { freemem } from 'node:os'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { StoredRecord } from '../../../src/contracts.ts'
import { memoryStore } from '../../../src/index.ts'
import { at, NOW } from '../../../src/testing/store-contract/rule.ts'
import type { Engine, Ground } from '../engine.ts'

type Bare = Pick<StoredRecord, 'body' | 'expiresAt'>

async function join(): Promise<Ground> {
  const store = memoryStore({ maxSessions: 50_000_000 })
  const bare = new Map<string, Bare>()
  const owned = new Map<string, string[]>()
  const add = ({ id, principal, body, expiresAt }: StoredRecord): void => {
    bare.set(id, { body, expiresAt })
    const ids = owned.get(principal!)
    if (ids) ids.push(id)
    else owned.set(principal!, [id])
  }
  let walk: Iterator<[string, Bare], undefined> | undefined
  let weight = 0
  return {
    store,
    own: {
      read: (id) => bare.get(id),
      write: ({ id, body, expiresAt }) => bare.set(id, { body, expiresAt }),
      signIn: add,
      list: (principal) => (owned.get(principal) ?? []).map((id) => bare.get(id)),
      revokeAll(principal) {
        for (const id of owned.get(principal) ?? []) bare.delete(id)
        owned.delete(principal)
      },
      sweep(many) {
        walk ??= bare.entries()
        for (let swept = 0; swept < many;) {
          const step = walk.next()
          if (step.done) return
          if (step.value[1].expiresAt <= NOW && bare.delete(step.value[0])) swept++
        }
      },
    },
    async fill(records) {
      const before = used()
      const ids: string[] = []
      for (const record of records) {
        await store.create(record, at(NOW))
        ids.push(record.id)
      }
      weight = used() - before - 8 * ids.length
      // Only now, so that it is not weighed. The expired records are not read any more.
      for (const id of ids) {
        const record = store.load(id, at(NOW)) as StoredRecord | undefined
        if (record) add(record)
        else bare.set(id, { body: '', expiresAt: 0 })
      }
    },
    weigh: () => weight,
    close: () => store.close(),
  }
}

function used(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

export const memory: Engine = {
  isShared: false,
  start: async () => ({ location: '', stop: async () => {} }),
  join,
  // The rest is for the Map beside it.
  room: () => Math.min(getHeapStatistics().heap_size_limit, freemem()) * 0.8,
}
