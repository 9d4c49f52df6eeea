/**
 * The real library, on the real memory store behind a store that counts, on the simulated clock.
 *
 * @module
 */
import type { Call, SessionStore, StoredRecord } from '../../src/contracts.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import type { Assumptions } from './assumptions.ts'
import { DEPLOY, isDown, MINUTE } from './habits.ts'
import type { Burst, Kind } from './habits.ts'
import { Ledger } from './ledger.ts'
import type { Counts } from './ledger.ts'

type Data = { cart?: string; visits?: number }

export const secret = 'a secret of the bench, long enough for it'

/** Midnight of the simulated day. */
export const MIDNIGHT: number = Date.UTC(2100, 0, 1)

export async function countOurs(day: readonly Burst[], assumptions: Assumptions): Promise<Counts> {
  const ledger = new Ledger()
  const store = countingStore(ledger, assumptions.sample * 100)
  const clock = { now: () => MIDNIGHT + Math.floor(ledger.now) }
  const start = (): Sessions<Data>[] =>
    Array.from({ length: Math.max(1, assumptions.processes) }, () =>
      createSessions<Data>({
        secrets: [secret],
        store,
        idleTimeout: assumptions.idle * MINUTE,
        clock,
      }),
    )
  const jars = new Map<number, string>()
  let processes = start()
  let isDeployed = false
  let turn = 0

  for (const { at, user, kinds } of day) {
    ledger.moveTo(at, isDown(at, assumptions))
    if (!isDeployed && at >= DEPLOY) {
      // The sessions are not closed, because that would close the store, which is used further.
      processes = start()
      isDeployed = true
    }
    await Promise.all(kinds.map((kind) => ask(processes[turn++ % processes.length]!, kind, user)))
  }
  for (const sessions of processes.slice(0, 1)) await sessions.close()
  return ledger.counts

  async function ask(sessions: Sessions<Data>, kind: Kind, user: number | undefined): Promise<void> {
    ledger.requests++
    const cookie = user === undefined ? undefined : jars.get(user)
    ledger.cookies += cookie?.length ?? 0
    const later: Promise<unknown>[] = []
    const request = new Request('https://shop.example/', cookie === undefined ? {} : { headers: { cookie } })
    try {
      const response = await sessions.handle(request, (session) => handle(session, kind, user, assumptions), {
        waitUntil: (work) => void later.push(work),
      })
      for (const line of response.headers.getSetCookie()) {
        ledger.cookies += line.length
        if (user !== undefined) jars.set(user, line.split(';')[0]!)
      }
      await Promise.all(later)
    } catch (error) {
      if (!ledger.isDown) throw error
    }
  }
}

async function handle(session: Session<Data>, kind: Kind, user: number | undefined, { bytes }: Assumptions): Promise<Response> {
  if (kind === 'read') await session.get('cart')
  if (kind === 'change') {
    if (!(await session.has('cart'))) session.set('cart', 'x'.repeat(bytes))
    session.increment('visits')
  }
  if (kind === 'sign-in') await session.login(`user-${user}`)
  return new Response('Thank you for coming by.')
}

/** Every call waits once, as one over a network does, so that requests of one moment overlap. */
function countingStore(ledger: Ledger, maxSessions: number): SessionStore {
  const inner = memoryStore({ maxSessions })
  const size = ({ id, principal, body }: StoredRecord): number => id.length + (principal?.length ?? 0) + body.length + 24
  const deadline = (time: number): number => time - MIDNIGHT
  return {
    engine: 'counting',
    async load(id, call) {
      ledger.read(id)
      return inner.load(id, call)
    },
    async create(record, call) {
      ledger.write(record.id, size(record), deadline(record.expiresAt))
      return inner.create(record, call)
    },
    async update(record, call) {
      ledger.write(record.id, size(record), deadline(record.expiresAt))
      return inner.update(record, call)
    },
    async touch(id, expiresAt, call) {
      ledger.touch(id, deadline(expiresAt))
      return inner.touch(id, expiresAt, call)
    },
    async delete(id, call) {
      ledger.remove(id)
      return inner.delete(id, call)
    },
    close: () => inner.close(),
    principals: {
      async list(principal, cursor, call) {
        ledger.other('reads')
        return inner.principals.list(principal, cursor, call)
      },
      async deleteMany(principal, ids, call) {
        for (const id of ids) ledger.remove(id)
        return inner.principals.deleteMany(principal, ids, call)
      },
      async epoch(principal: string, call: Call) {
        ledger.other('reads')
        return inner.principals.epoch(principal, call)
      },
      async raise(principal, epoch, keepUntil, call) {
        ledger.other('writes')
        return inner.principals.raise(principal, epoch, keepUntil, call)
      },
    },
  }
}
