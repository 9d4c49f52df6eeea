import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Call, SessionStore, StoredRecord } from '../../src/core/contracts/store.ts'
import { memoryStore, type MemoryStore } from '../../src/stores/memory.ts'
import { scriptedStore, storeContract, type EngineTtl } from '../../src/testing/index.ts'
import { idsOf, listed, MINUTE } from '../../src/testing/store-contract/rule.ts'
import { failures } from './failures.ts'

/** One thing done wrong, on top of a store that does all right, and the cases that must notice. */
interface Mistake {
  readonly caughtBy: readonly string[]
  breaks(inner: MemoryStore): Partial<SessionStore>
}

const mistakes: Readonly<Record<string, Mistake>> = {
  'a field is forgotten': {
    caughtBy: ['create, then load'],
    breaks: (inner) => ({ create: (record, call) => inner.create({ ...record, retainUntil: record.expiresAt }, call) }),
  },
  'numbers have fourteen digits': {
    caughtBy: ['times and versions are exact'],
    breaks: (inner) => ({ create: (record, call) => inner.create({ ...record, version: Number(record.version.toPrecision(14)) }, call) }),
  },
  'update has no WHERE': {
    caughtBy: ['a write concerns one record'],
    breaks: (inner) => {
      const ids = new Set<string>()
      return {
        create: (record, call) => {
          ids.add(record.id)
          return inner.create(record, call)
        },
        update: async (record, call) => {
          for (const id of ids) if (id !== record.id) await inner.update({ ...record, id }, call)
          return inner.update(record, call)
        },
      }
    },
  },
  'of a group of writes only the last is done': {
    caughtBy: ['50 sessions at once do not disturb each other'],
    breaks: (inner) => {
      let last: StoredRecord
      return {
        update: async (record, call) => {
          last = record
          await setImmediate()
          return last === record ? inner.update(record, call) : 'updated'
        },
      }
    },
  },
  'update upserts': {
    caughtBy: ['update never inserts', 'saving after a deletion elsewhere does not resurrect'],
    breaks: (inner) => ({
      update: async (record, call) => {
        const answer = await inner.update(record, call)
        if (answer !== 'gone' || (await inner.create(record, call)) === 'exists') return answer
        return 'updated'
      },
    }),
  },
  'a conflict answers a snapshot from before the call': {
    caughtBy: ['50 updates of one version, one winner'],
    breaks: (inner) => ({
      update: async (record, call) => {
        const snapshot = await inner.load(record.id, call)
        await setImmediate()
        const answer = await inner.update(record, call)
        return typeof answer === 'string' ? answer : (snapshot ?? answer)
      },
    }),
  },
  'a conflict answers the record that was offered': {
    caughtBy: ['a conflict answers the newest record and writes nothing'],
    breaks: (inner) => ({
      update: async (record, call) => {
        const answer = await inner.update(record, call)
        return typeof answer === 'string' ? answer : record
      },
    }),
  },
  'update writes an expired record': {
    caughtBy: ['update says gone for an expired record'],
    breaks: (inner) => ({ update: (record, call) => inner.update(record, { ...past(call) }) }),
  },
  'update keeps the principal it had': {
    caughtBy: ['update writes the next version', 'an update that signs somebody in enters the index'],
    breaks: (inner) => ({
      update: async (record, call) => {
        const current = await inner.load(record.id, call)
        return inner.update({ ...record, principal: current?.principal ?? null }, call)
      },
    }),
  },
  'update never shortens': {
    caughtBy: ['update may shorten the life of a record'],
    breaks: (inner) => ({
      update: async (record, call) => {
        const current = await inner.load(record.id, call)
        return inner.update({ ...record, expiresAt: Math.max(record.expiresAt, current?.expiresAt ?? 0) }, call)
      },
    }),
  },
  'the last writer wins': {
    caughtBy: [
      'a conflict answers the newest record and writes nothing',
      'a version ahead of the record is a conflict too',
      '50 writers, each of whom tries again, lose nothing',
    ],
    breaks: (inner) => ({
      update: async (record, call) => ((await inner.load(record.id, call)) ? overwrite(inner, record, call) : 'gone'),
    }),
  },
  'compare, then set, in two steps': {
    caughtBy: [
      '50 updates of one version, one winner',
      '50 writers, each of whom tries again, lose nothing',
      'delete wins against updates and touches under way',
    ],
    breaks: (inner) => ({
      update: async (record, call) => {
        const current = await inner.load(record.id, call)
        if (current && current.version !== record.version - 1) return current
        await setImmediate()
        return current ? overwrite(inner, record, call) : 'gone'
      },
    }),
  },
  'create overwrites': {
    caughtBy: ['create inserts only', '50 creates of one id, one winner'],
    breaks: (inner) => ({
      create: async (record, call) => {
        void inner.delete(record.id, call)
        return inner.create(record, call)
      },
    }),
  },
  'create overwrites the expired': {
    caughtBy: ['create says exists for an expired record'],
    breaks: (inner) => ({
      create: async (record, call) => {
        if (!(await inner.load(record.id, call))) await inner.delete(record.id, call)
        return inner.create(record, call)
      },
    }),
  },
  'load forgets expiry': {
    caughtBy: ['a record is dead at exactly expiresAt', 'a record that is stored expired is dead'],
    breaks: (inner) => ({ load: (id, call) => inner.load(id, past(call)) }),
  },
  'a record lives at exactly expiresAt': {
    caughtBy: ['a record is dead at exactly expiresAt'],
    breaks: (inner) => ({ load: (id, call) => inner.load(id, { now: call.now - 1, signal: call.signal }) }),
  },
  'touch revives': {
    caughtBy: ['touch never revives'],
    breaks: (inner) => ({ touch: (id, expiresAt, call) => inner.touch(id, expiresAt, past(call)) }),
  },
  'touch counts as a version': {
    caughtBy: ['touch moves the deadline and nothing else'],
    breaks: (inner) => ({
      touch: async (id, expiresAt, call) => {
        const touched = await inner.touch(id, expiresAt, call)
        const current = await inner.load(id, call)
        if (current) await inner.update({ ...current, version: current.version + 1 }, call)
        return touched
      },
    }),
  },
  'touch goes back': {
    caughtBy: ['touch moves forward only'],
    breaks: (inner) => ({
      touch: (id, expiresAt, call) =>
        rewrite(inner, id, (record) => ({ ...record, expiresAt: Math.min(expiresAt, record.retainUntil) }), call),
    }),
  },
  'touch goes past the absolute deadline': {
    caughtBy: ['touch stops at retainUntil'],
    breaks: (inner) => ({
      touch: (id, expiresAt, call) =>
        rewrite(inner, id, (record) => ({ ...record, expiresAt: Math.max(record.expiresAt, expiresAt) }), call),
    }),
  },
  'touch writes back what it read': {
    caughtBy: ['touch and update at once, both are kept'],
    breaks: (inner) => ({
      touch: async (id, expiresAt, call) => {
        const read = await inner.load(id, call)
        await setImmediate()
        return read
          ? rewrite(inner, id, () => ({ ...read, expiresAt: Math.max(read.expiresAt, Math.min(expiresAt, read.retainUntil)) }), call)
          : false
      },
    }),
  },
  'deleting what is not there is an error': {
    caughtBy: ['delete twice'],
    breaks: (inner) => ({
      delete: async (id, call) => {
        if (!(await inner.delete(id, call))) throw new Error('no such session')
        return true
      },
    }),
  },
  'an index entry goes before its record': {
    caughtBy: ['a record leaves the index with or after itself, never before'],
    breaks: (inner) => {
      const hidden = new Set<string>()
      return {
        delete: async (id, call) => {
          hidden.add(id)
          await setImmediate()
          return inner.delete(id, call)
        },
        principals: listing(inner, ({ id }) => !hidden.has(id)),
      }
    },
  },
  'an index entry comes after its record': {
    caughtBy: ['a record is in the index before it can be loaded'],
    breaks: (inner) => {
      const shown = new Set<string>()
      return {
        create: async (record, call) => {
          const answer = await inner.create(record, call)
          await setImmediate()
          await setImmediate()
          shown.add(record.id)
          return answer
        },
        principals: listing(inner, ({ id }) => shown.has(id)),
      }
    },
  },
  'the index is pruned at the idle deadline': {
    caughtBy: ['a touched record stays in the index past its first deadline'],
    breaks: (inner) => {
      const deadlines = new Map<string, number>()
      return {
        create: (record, call) => {
          deadlines.set(record.id, record.expiresAt)
          return inner.create(record, call)
        },
        update: (record, call) => {
          deadlines.set(record.id, record.expiresAt)
          return inner.update(record, call)
        },
        principals: listing(inner, ({ id }, call) => (deadlines.get(id) ?? 0) > call.now),
      }
    },
  },
  'the index keeps the deadline of the creation': {
    caughtBy: ['an updated record stays in the index past its first deadline'],
    breaks: (inner) => {
      const deadlines = new Map<string, number>()
      return {
        create: (record, call) => {
          deadlines.set(record.id, record.expiresAt)
          return inner.create(record, call)
        },
        principals: listing(inner, ({ id }, call) => (deadlines.get(id) ?? 0) > call.now),
      }
    },
  },
  'the index is written also when the record is not': {
    caughtBy: ['a refused write does not enter the index'],
    breaks: (inner) => {
      const index = new Set<string>()
      return {
        create: (record, call) => {
          if (record.principal) index.add(record.id)
          return inner.create(record, call)
        },
        update: (record, call) => {
          if (record.principal) index.add(record.id)
          return inner.update(record, call)
        },
        principals: {
          ...inner.principals,
          list: async (_principal, _cursor, call) => {
            const records = await Promise.all([...index].map((id) => inner.load(id, call)))
            return { records: records.filter((record) => record !== undefined) }
          },
        },
      }
    },
  },
  'an index entry is left behind, and list does not look whose it is': {
    caughtBy: ['an id that is used again is listed for its new principal only'],
    breaks: (inner) => {
      const index = new Map<string, Set<string>>()
      return {
        create: (record, call) => {
          const principal = record.principal ?? ''
          index.set(principal, (index.get(principal) ?? new Set()).add(record.id))
          return inner.create(record, call)
        },
        principals: {
          ...inner.principals,
          list: async (principal, _cursor, call) => {
            const records = await Promise.all([...(index.get(principal) ?? [])].map((id) => inner.load(id, call)))
            return { records: records.filter((record) => record !== undefined) }
          },
        },
      }
    },
  },
  'principals are one and all': {
    caughtBy: ['list holds the live records of one principal'],
    breaks: (inner) => ({
      create: (record, call) => inner.create({ ...record, principal: record.principal && 'everybody' }, call),
      principals: { ...inner.principals, list: (_principal, cursor, call) => inner.principals.list('everybody', cursor, call) },
    }),
  },
  'principals without case': {
    caughtBy: ['an odd principal'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        list: async (principal, _cursor, call) => {
          const spellings = new Set([principal, principal.toLowerCase(), principal[0]?.toUpperCase() + principal.slice(1)])
          const pages = await Promise.all([...spellings].map((spelling) => inner.principals.list(spelling, undefined, call)))
          return { records: pages.flatMap(({ records }) => records) }
        },
      },
    }),
  },
  'list shows the dead': {
    caughtBy: ['list leaves out the dead'],
    breaks: (inner) => ({
      principals: { ...inner.principals, list: (principal, cursor, call) => inner.principals.list(principal, cursor, past(call)) },
    }),
  },
  'list has only one page': {
    caughtBy: ['list comes to an end and shows each record once', 'deleting page by page skips nothing'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        list: async (principal, cursor, call) => ({
          records: (await inner.principals.list(principal, cursor, call)).records.slice(0, 100),
        }),
      },
    }),
  },
  'list pages by number': {
    caughtBy: ['deleting page by page skips nothing', 'a walk misses nobody while others come and go'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        list: async (principal, cursor, call) => {
          const from = Number(cursor ?? 0)
          const records = await listed(inner.principals, principal, call.now)
          return { records: records.slice(from, from + 100), ...(from + 100 < records.length && { next: String(from + 100) }) }
        },
      },
    }),
  },
  'ids have only one page': {
    caughtBy: ['ids are those of list', 'deleting by pages of ids skips nothing'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        ids: async (principal, _cursor, call) => ({ ids: idsOf((await inner.principals.list(principal, undefined, call)).records) }),
      },
    }),
  },
  'ids page by number': {
    caughtBy: ['deleting by pages of ids skips nothing', 'a walk misses nobody while others come and go'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        ids: async (principal, cursor, call) => {
          const from = Number(cursor ?? 0)
          const ids = idsOf(await listed(inner.principals, principal, call.now))
          return { ids: ids.slice(from, from + 100), ...(from + 100 < ids.length && { next: String(from + 100) }) }
        },
      },
    }),
  },
  'ids hold the dead': {
    caughtBy: ['ids are those of list'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        ids: async (principal, _cursor, call) => ({ ids: idsOf(await listed(inner.principals, principal, call.now - 2 * MINUTE)) }),
      },
    }),
  },
  'deleteMany does not look whose it is': {
    caughtBy: ['deleteMany deletes what is this principal’s, and nothing else'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        deleteMany: async (_principal, ids, call) => {
          const deleted = await Promise.all(ids.map((id) => inner.delete(id, call)))
          return ids.filter((_, i) => deleted[i])
        },
      },
    }),
  },
  'an epoch is forgotten too early': {
    caughtBy: ['an epoch is kept until keepUntil'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        raise: (principal, epoch, keepUntil, call) => inner.principals.raise(principal, epoch, keepUntil - 10, call),
      },
    }),
  },
  'an epoch is kept as long as the last raise says': {
    caughtBy: ['an epoch raised again is kept as long as either raise promised'],
    breaks: (inner) => {
      const deadlines = new Map<string, number>()
      return {
        principals: {
          ...inner.principals,
          raise: (principal, epoch, keepUntil, call) => {
            deadlines.set(principal, keepUntil)
            return inner.principals.raise(principal, epoch, keepUntil, call)
          },
          epoch: async (principal, call) =>
            (deadlines.get(principal) ?? 0) > call.now ? inner.principals.epoch(principal, call) : undefined,
        },
      }
    },
  },
  'the first epoch stays': {
    caughtBy: ['an epoch is the last one raised, for each principal'],
    breaks: (inner) => ({
      principals: {
        ...inner.principals,
        raise: async (principal, epoch, keepUntil, call) =>
          inner.principals.raise(principal, (await inner.principals.epoch(principal, call)) ?? epoch, keepUntil, call),
      },
    }),
  },
  'the sweep goes by the first deadline': {
    caughtBy: ['sweep spares what was touched'],
    breaks: (inner) => {
      const deadlines = new Map<string, number>()
      return {
        create: (record, call) => {
          deadlines.set(record.id, record.expiresAt)
          return inner.create(record, call)
        },
        sweeper: {
          sweep: async (_limit, call) => {
            const expired = [...deadlines].filter(([, deadline]) => deadline <= call.now).map(([id]) => id)
            for (const id of expired) await inner.delete(id, call)
            for (const id of expired) deadlines.delete(id)
            return { expired, done: true }
          },
        },
      }
    },
  },
  'the sweep is too eager': {
    caughtBy: ['sweep deletes the expired and only them'],
    breaks: (inner) => ({ sweeper: { sweep: (limit, call) => inner.sweeper.sweep(limit, { now: call.now + 1, signal: call.signal }) } }),
  },
  'the sweep never looks at the rest': {
    caughtBy: ['sweep goes a little at a time, round by round'],
    breaks: (inner) => ({ sweeper: { sweep: async (limit, call) => ({ ...(await inner.sweeper.sweep(limit, call)), done: true }) } }),
  },
  'scan has only one page': {
    caughtBy: ['scan gives every live record, as it is'],
    breaks: (inner) => ({
      scanner: {
        ...inner.scanner,
        scan: async (_cursor, limit, call) => ({ records: (await inner.scanner.scan(undefined, limit, call)).records.slice(0, limit) }),
      },
    }),
  },
  'scan pages by number': {
    caughtBy: ['scan misses nothing that lives while others come and go'],
    breaks: (inner) => ({
      scanner: {
        ...inner.scanner,
        scan: async (cursor, limit, call) => {
          const from = Number(cursor ?? 0)
          const { records } = await inner.scanner.scan(undefined, limit, call)
          return { records: records.slice(from, from + limit), ...(from + limit < records.length && { next: String(from + limit) }) }
        },
      },
    }),
  },
  'scan shows the dead': {
    caughtBy: ['scan and count leave out the expired'],
    breaks: (inner) => ({ scanner: { ...inner.scanner, scan: (cursor, limit, call) => inner.scanner.scan(cursor, limit, past(call)) } }),
  },
  'count counts the dead': {
    caughtBy: ['scan and count leave out the expired'],
    breaks: (inner) => ({ scanner: { ...inner.scanner, count: (call) => inner.scanner.count(past(call)) } }),
  },
  'load hands out the stored object': {
    caughtBy: ['what you got is not what is stored'],
    breaks: (inner) => {
      const handedOut = new Map<string, StoredRecord>()
      return {
        load: async (id, call) => {
          const record = await inner.load(id, call)
          const known = handedOut.get(id)
          if (record && known?.version !== record.version) handedOut.set(id, record)
          return record && handedOut.get(id)
        },
        update: async (record, call) => {
          const answer = await inner.update(record, call)
          return typeof answer === 'string' ? answer : (handedOut.get(record.id) ?? answer)
        },
      }
    },
  },
  'ids without case': {
    caughtBy: ['ids differ by each character'],
    breaks: (inner) => ({
      create: (record, call) => inner.create({ ...record, id: record.id.toLowerCase() }, call),
      load: async (id, call) => {
        const record = await inner.load(id.toLowerCase(), call)
        return record && { ...record, id }
      },
    }),
  },
  'line ends are made one kind': {
    caughtBy: ['any text as the body'],
    breaks: (inner) => ({
      create: (record, call) => inner.create({ ...record, body: record.body.replaceAll('\r\n', '\n') }, call),
    }),
  },
  'one notice gets lost': {
    caughtBy: ['a notice reaches every subscriber'],
    breaks: ({ notices }) => {
      let published = 0
      return { notices: { ...notices, publish: async (id, call) => (++published === 7 ? undefined : notices.publish(id, call)) } }
    },
  },
  'a subscriber cannot be stopped': {
    caughtBy: ['a subscriber that stopped hears nothing, and the others go on'],
    breaks: ({ notices }) => ({
      notices: {
        ...notices,
        subscribe: async (listener) => {
          await notices.subscribe(listener)
          return async () => undefined
        },
      },
    }),
  },
  'a long notice is cut off': {
    caughtBy: ['a notice of 7,500 bytes comes as it was'],
    breaks: ({ notices }) => ({ notices: { ...notices, publish: (id, call) => notices.publish(id.slice(0, 1_000), call) } }),
  },
  'a notice needs somebody who listens': {
    caughtBy: ['a notice without subscribers is no error'],
    breaks: ({ notices }) => {
      let subscribers = 0
      return {
        notices: {
          subscribe: (listener) => {
            subscribers++
            return notices.subscribe(listener)
          },
          publish: async (id, call) => {
            if (subscribers === 0) throw new Error('nobody listens')
            await notices.publish(id, call)
          },
        },
      }
    },
  },
  'an unknown id is an error': {
    caughtBy: ['loading an unknown id creates nothing', 'an odd id is a miss'],
    breaks: (inner) => ({
      load: async (id, call) => {
        const record = await inner.load(id, call)
        if (!record) throw new Error('no such session')
        return record
      },
    }),
  },
}

describe('the contract suite notices', () => {
  for (const [name, { breaks, caughtBy }] of Object.entries(mistakes)) {
    test(name, async () => {
      const failed = await failures(
        storeContract(() => {
          const inner = memoryStore()
          return { ...scriptedStore(inner), ...breaks(inner) }
        }),
      )
      expect(failed).toEqual(expect.arrayContaining([...caughtBy]))
    })
  }
})

test('and has no complaint without a mistake', async () => {
  expect(await failures(storeContract(() => ({ ...scriptedStore(memoryStore()) })))).toEqual([])
})

test('each case catches a mistake', () => {
  const proved = new Set(Object.values(mistakes).flatMap(({ caughtBy }) => caughtBy))
  expect(
    storeContract(() => memoryStore())
      .map(({ name }) => name)
      .filter((name) => !proved.has(name)),
  ).toEqual([])
})

type Forgotten = 'touch' | 'update' | 'index' | 'epoch'

/**
 * What a contract suite needs of a store whose engine drops things at deadlines of its own, and forgets to move one of
 * them.
 */
function expiring(forgotten?: Forgotten): Parameters<typeof storeContract> {
  let [records, indexes, epochs] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  const keepLongest = (deadlines: Map<string, number>, key: string, deadline: number): void => {
    deadlines.set(key, Math.max(deadlines.get(key) ?? 0, deadline))
  }
  const enter = ({ principal, retainUntil }: StoredRecord): void => {
    if (principal === null) return
    if (forgotten === 'index') indexes.set(principal, retainUntil)
    else keepLongest(indexes, principal, retainUntil)
  }
  const make = (): SessionStore => {
    ;[records, indexes, epochs] = [new Map(), new Map(), new Map()]
    const inner = memoryStore()
    return {
      ...scriptedStore(inner),
      create: (record, call) => {
        records.set(record.id, record.expiresAt)
        enter(record)
        return inner.create(record, call)
      },
      update: (record, call) => {
        if (forgotten !== 'update') records.set(record.id, record.expiresAt)
        enter(record)
        return inner.update(record, call)
      },
      touch: (id, expiresAt, call) => {
        if (forgotten !== 'touch') keepLongest(records, id, expiresAt)
        return inner.touch(id, expiresAt, call)
      },
      principals: {
        ...inner.principals,
        raise: (principal, epoch, keepUntil, call) => {
          if (forgotten === 'epoch') epochs.set(principal, keepUntil)
          else keepLongest(epochs, principal, keepUntil)
          return inner.principals.raise(principal, epoch, keepUntil, call)
        },
      },
    }
  }
  const left = async (deadlines: Map<string, number>, key: string): Promise<number> => (deadlines.get(key) ?? 0) - Date.now()
  const engineTtl: EngineTtl = {
    record: (_store, id) => left(records, id),
    index: (_store, principal) => left(indexes, principal),
    epoch: (_store, principal) => left(epochs, principal),
  }
  return [make, { engineTtl }]
}

test.each([
  ['touch', 'the engine keeps a touched record until its new deadline'],
  ['update', 'the engine keeps an updated record until its new deadline'],
  ['index', 'the engine keeps the index as long as its longest session'],
  ['epoch', 'the engine keeps an epoch as long as any raise promised'],
] as const)('an engine that expires by itself and forgets a deadline is noticed: %s', async (forgotten, caughtBy) => {
  expect(await failures(storeContract(...expiring(forgotten)))).toEqual([caughtBy])
})

test('an engine that expires by itself and forgets none is no cause for complaint', async () => {
  expect(await failures(storeContract(...expiring()))).toEqual([])
})

function past({ signal }: Call): Call {
  return { now: 0, signal }
}

/** Writes whatever is stored. */
async function overwrite(inner: MemoryStore, record: StoredRecord, call: Call): Promise<'updated'> {
  void inner.delete(record.id, call)
  await inner.create(record, call)
  return 'updated'
}

/** Replaces a record in place, version and all. */
async function rewrite(inner: MemoryStore, id: string, change: (record: StoredRecord) => StoredRecord, call: Call): Promise<boolean> {
  const record = await inner.load(id, call)
  if (!record) return false
  await inner.delete(id, call)
  await inner.create(change(record), call)
  return true
}

function listing(inner: MemoryStore, shows: (record: StoredRecord, call: Call) => boolean): MemoryStore['principals'] {
  return {
    ...inner.principals,
    list: async (principal, cursor, call) => {
      const page = await inner.principals.list(principal, cursor, call)
      return { ...page, records: page.records.filter((record) => shows(record, call)) }
    },
  }
}
