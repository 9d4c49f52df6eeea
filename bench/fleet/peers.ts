/**
 * Runs the libraries of bench/peers themselves: their policies were read in their sources, and are tried here.
 *
 * @module
 */
import type { Assumptions } from './assumptions.ts'
import { betterAuth } from './better-auth.ts'
import { isDown } from './habits.ts'
import type { Burst, Kind } from './habits.ts'
import { expressSession, fastifySession } from './http-peers.ts'
import { ironSession } from './iron-session.ts'
import { Ledger } from './ledger.ts'
import type { Counts } from './ledger.ts'
import { MIDNIGHT } from './ours.ts'

/** Sends one request, and returns the lines of `Set-Cookie`. */
export type Ask = (kind: Kind, cookie: string | undefined, user: number | undefined) => Promise<readonly string[]>

const peers: Readonly<Record<string, (ledger: Ledger, assumptions: Assumptions) => Promise<Ask>>> = {
  'express-session': expressSession,
  '@fastify/session': fastifySession,
  'better-auth': betterAuth,
  'iron-session': ironSession,
}

export function isPeer(library: string): boolean {
  return Object.hasOwn(peers, library)
}

/** One day with the library itself. */
export async function countPeer(library: string, day: readonly Burst[], assumptions: Assumptions): Promise<Counts> {
  const ledger = new Ledger()
  const ask = await peers[library]!(ledger, assumptions)
  const jars = new Map<number, string>()
  const RealDate = Date
  // They ask the global clock.
  globalThis.Date = dateAt(() => MIDNIGHT + Math.floor(ledger.now))
  try {
    for (const { at, user, kinds } of day) {
      ledger.moveTo(at, isDown(at, assumptions))
      for (const kind of kinds) {
        ledger.requests++
        const cookie = user === undefined ? undefined : jars.get(user)
        ledger.cookies += cookie?.length ?? 0
        for (const line of await ask(kind, cookie, user)) {
          ledger.cookies += line.length
          if (user !== undefined) jars.set(user, line.split(';')[0]!)
        }
      }
    }
  } finally {
    globalThis.Date = RealDate
  }
  return ledger.counts
}

function dateAt(now: () => number): DateConstructor {
  return class extends Date {
    constructor(time?: number | string) {
      super(time ?? now())
    }

    static override now(): number {
      return now()
    }
  } as unknown as DateConstructor
}
