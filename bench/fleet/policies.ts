/**
 * When other libraries ask their store, each as a small function: read from their sources, and set to the promise that
 * is compared: a session ends after the idle time, counted from the last request that used it.
 *
 * @module
 */
import type { Assumptions } from './assumptions.ts'
import { isDown, MINUTE } from './habits.ts'
import type { Burst, Kind } from './habits.ts'
import { Ledger } from './ledger.ts'
import type { Counts } from './ledger.ts'

/** What a user's browser keeps. */
interface Jar {
  key: string | undefined
  /** Bytes of the value that a sealed cookie has. */
  sealed: number
  /** When the deadline was last written. */
  writtenAt: number
}

interface Visit {
  readonly kind: Kind
  readonly jar: Jar
  readonly ledger: Ledger
  readonly assumptions: Assumptions
  /** The deadline of a record that is written now. */
  readonly until: number
  /** Bytes of a whole record. */
  readonly size: number
  newKey(): string
}

export interface Policy {
  readonly library: string
  /** What is counted. */
  readonly says: string
  /** Whether the store keeps the application's own data and the idle deadline. */
  readonly keeps: 'data in the store' | 'data in the cookie' | 'data elsewhere'
  readonly serve: (visit: Visit) => void
}

/** Name, equals sign, value and attributes of a cookie with a signed id. */
const COOKIE = 85
const ATTRIBUTES = 60
/** Beside the data: the deadline and the cookie's attributes, as JSON. */
const ENVELOPE = 120

export const policies: readonly Policy[] = [
  {
    library: 'express-session',
    says: '`resave: false`, `saveUninitialized: false`: each request with a cookie reads, and then writes or touches',
    keeps: 'data in the store',
    serve(visit) {
      const found = findAlways(visit)
      if (visit.kind === 'sign-in') renew(visit, found)
      else if (visit.kind === 'change') save(visit, found)
      else if (found) visit.ledger.touch(visit.jar.key!, visit.until)
    },
  },
  {
    library: '@fastify/session',
    says: '`rolling: true` (its default), `saveUninitialized: false`: each request with a cookie reads, and then writes all',
    keeps: 'data in the store',
    serve(visit) {
      const found = findAlways(visit)
      if (visit.kind === 'sign-in') renew(visit, found)
      else if (found || visit.kind === 'change') save(visit, found)
    },
  },
  {
    library: 'Django',
    says: '`SESSION_SAVE_EVERY_REQUEST`, in the cache: without it a session that is only read ends',
    keeps: 'data in the store',
    serve(visit) {
      const { kind, jar, ledger } = visit
      // Saving loads what was not read before.
      const found = findAlways(visit)
      if (kind === 'sign-in') {
        // cycle_key: adds a record under a new key, removes the old one, and the middleware saves again.
        const old = jar.key
        save(visit, false)
        if (found) ledger.remove(old!)
        save(visit, true)
      } else if (kind === 'change' && !found) {
        // A new key is added first, empty, and the middleware saves the data.
        save(visit, false)
        save(visit, true)
      } else if (found) save(visit, true)
    },
  },
  {
    library: 'Spring Session',
    says: '`RedisSessionRepository`: a request that uses its session reads it, asks whether it exists, writes what changed and the deadline',
    keeps: 'data in the store',
    serve(visit) {
      const { kind, jar, ledger } = visit
      if (kind === 'untouched') return
      const found = findAlways(visit)
      if (kind === 'read' && !found) return
      if (!found) {
        save(visit, false)
        ledger.touch(jar.key!, visit.until)
        return
      }
      ledger.read(jar.key!)
      if (kind === 'sign-in') ledger.change(ENVELOPE)
      ledger.change(kind === 'change' ? 2 * ENVELOPE : ENVELOPE)
      ledger.touch(jar.key!, visit.until)
    },
  },
  {
    library: 'better-auth',
    says:
      '`updateAge` of a tenth of the idle time: a use reads session and user, and who signs in is looked up with the account; ' +
      'a change is one write that the application makes itself',
    keeps: 'data elsewhere',
    serve(visit) {
      const { kind, jar, ledger, assumptions } = visit
      if (kind === 'untouched') return
      if (kind === 'sign-in') {
        ledger.other('reads')
        ledger.other('reads')
        save(visit, false)
        jar.writtenAt = ledger.now
        return
      }
      const found = findAlways(visit)
      if (found) {
        ledger.other('reads')
        if (ledger.now - jar.writtenAt >= (assumptions.idle * MINUTE) / 10) {
          ledger.touch(jar.key!, visit.until)
          setCookie(visit)
          jar.writtenAt = ledger.now
        }
      }
      if (kind === 'change') ledger.change(assumptions.bytes)
    },
  },
  {
    library: 'iron-session',
    says: 'no store: all data travels in a sealed cookie, so an ended session stays good where a copy of the cookie is',
    keeps: 'data in the cookie',
    serve(visit) {
      const { kind, jar, ledger, assumptions } = visit
      ledger.cookies += jar.sealed
      if (kind !== 'change' && kind !== 'sign-in') return
      // Base64 of the encrypted JSON, with salts, initialisation vector and MAC.
      jar.sealed = Math.ceil(((assumptions.bytes + 60) * 4) / 3) + 240
      ledger.cookies += jar.sealed + ATTRIBUTES
    },
  },
]

/** One day with a policy. */
export function countPolicy({ serve }: Policy, day: readonly Burst[], assumptions: Assumptions): Counts {
  const ledger = new Ledger()
  const jars = new Map<number, Jar>()
  let keys = 0
  const visitor = (user: number | undefined): Jar => {
    const jar = (user === undefined ? undefined : jars.get(user)) ?? { key: undefined, sealed: 0, writtenAt: 0 }
    if (user !== undefined) jars.set(user, jar)
    return jar
  }
  for (const { at, user, kinds } of day) {
    ledger.moveTo(at, isDown(at, assumptions))
    for (const kind of kinds) {
      ledger.requests++
      const jar = visitor(user)
      const until = at + assumptions.idle * MINUTE
      try {
        serve({ kind, jar, ledger, assumptions, until, size: assumptions.bytes + ENVELOPE, newKey: () => `key-${keys++}` })
      } catch (error) {
        if (!ledger.isDown) throw error
      }
    }
  }
  return ledger.counts
}

/** Reads the record of the cookie, if there is one. */
function findAlways({ jar, ledger }: Visit): boolean {
  if (jar.key === undefined) return false
  ledger.cookies += COOKIE
  return ledger.read(jar.key)
}

function save(visit: Visit, exists: boolean): void {
  const { jar, ledger, size, until } = visit
  const key = exists ? jar.key! : visit.newKey()
  ledger.write(key, size, until)
  jar.key = key
  setCookie(visit)
}

/** A new id at sign-in: the old record is removed, and another one written. */
function renew(visit: Visit, exists: boolean): void {
  if (exists) visit.ledger.remove(visit.jar.key!)
  save(visit, false)
}

function setCookie({ ledger }: Visit): void {
  ledger.cookies += COOKIE + ATTRIBUTES
}
