/**
 * Adopts the sessions of another system: a visitor who arrives with only its cookie gets a session of ours with that
 * data and that principal, once.
 *
 * The original is ended only when the client has shown that it has our token. So a lost response or parallel requests
 * sign nobody out. The store remembers what was adopted until the original would have expired, so that its cookie, or a
 * copy of it, never signs in again after a logout.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../basics/time.ts'
import type { Answer } from '../basics/answer.ts'
import { isSojournError } from '../basics/errors.ts'
import { checkPrincipal } from '../basics/principal.ts'
import type { Events } from '../basics/events.ts'
import { ADOPTED, ORIGIN } from '../record/operations.ts'
import type { Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import type { LoginAttempt, Revocation } from '../storage/revocation.ts'
import type { DataRules } from '../record/schema.ts'
import type { StoreCalls, TimedCalls } from '../storage/store-calls.ts'
import type { HeaderLine } from '../basics/refusal.ts'
import type { Call } from '../contracts/store.ts'
import type { RequestHead } from '../contracts/transport.ts'

/** Calls the store of another system. Each call has a deadline and one kind of error. */
export interface ForeignCalls {
  /** @param operation for messages and the event `storeError` */
  run<T>(operation: string, ask: (call: Call) => Answer<T>): Promise<T>
}

/**
 * A system whose sessions are adopted; made by `adoptExpressSession`, `adoptDjango` and `adoptFlask` of
 * `sojourn/interop`.
 */
export interface Adoptable {
  /** For messages and events: `'Django'`. */
  readonly system: string
  /**
   * The other system's sessions that a request carries; none for anything invalid. Reads untrusted bytes: never throws
   * because of them.
   *
   * @param all also where there are more cookies than a browser sends, in order to end them
   */
  find(request: RequestHead, calls: ForeignCalls, now: number, all?: boolean): Promise<readonly AdoptedSession[]>
  /**
   * Ends the original session of that name if the request still carries it, unless the application lets originals stay.
   * Returns the headers that take its cookie away.
   */
  endOriginal(request: RequestHead, name: string, calls: ForeignCalls, now: number): Promise<readonly HeaderLine[]>
}

/** A session that was found in another system. */
export interface AdoptedSession {
  /** A digest that names this session of the other system, and no other. */
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
  /** Who is signed in; `null` or `undefined` for nobody. What is no principal is an error of the application. */
  readonly principal: string | null | undefined
  /** Until when the original could be presented again, epoch milliseconds. It is remembered until then. */
  readonly until: number
}

/** An adoption under way. */
export interface Adoption {
  readonly system: string
  readonly name: string
  /** Until when the original could be presented again; epoch milliseconds. */
  readonly until: number
}

/** The changes that start an adoption. */
export interface AdoptionStart {
  readonly adoption: Adoption
  readonly operations: readonly Operation[]
  readonly attempt: LoginAttempt | undefined
}

interface AdoptionContext {
  readonly calls: StoreCalls
  readonly clock: Clock
  readonly events: Events
  readonly rules: DataRules
  readonly revocation: Revocation
  /** The application's name: other applications in the same store adopt for themselves. */
  readonly name: string
  /**
   * What the login is to say of the credentials; `null` for a principal who may not sign in. Given by `sojourn/auth`.
   */
  stampOf?: ((principal: string) => Promise<string | null>) | undefined
}

/** What is noted of an original: a session of ours was made from it, and all that were have ended. */
const ADOPTED_ONCE = 'adopted'
const ENDED = 'ended'
/** Another request notes the same, or that the original was adopted. */
const MAX_NOTE_ATTEMPTS = 5

export class AdoptionService {
  readonly #systems: readonly Adoptable[]
  readonly #context: AdoptionContext
  readonly #timed: TimedCalls

  constructor(systems: readonly Adoptable[], context: AdoptionContext, timed: TimedCalls) {
    this.#systems = systems
    this.#context = context
    this.#timed = timed
  }

  /** Starts an adoption, for a request without a session of ours. */
  async begin(request: RequestHead): Promise<AdoptionStart | undefined> {
    const { calls, clock, events, revocation } = this.#context
    for (const system of this.#systems) {
      const [found, another] = await system.find(request, this.#timed, clock.now())
      if (!found) continue
      if (another) {
        // Somebody planted a second cookie: neither can be trusted (cookie tossing).
        events.emit('refused', { id: another.name, reason: 'ambiguous' })
        continue
      }
      const adoption: Adoption = { system: system.system, name: found.name, until: found.until }
      if (await calls.load(this.#spentId(adoption))) continue
      const operations: Operation[] = this.#writes(found.data)
      const principal = found.principal ?? null
      if (operations.length === 0 && principal === null) continue
      operations.push({ type: 'set', key: ADOPTED, value: { text: JSON.stringify(adoption), rich: false } })
      operations.push({ type: 'set', key: ORIGIN, value: { text: JSON.stringify(this.#spentId(adoption)), rich: false } })
      if (principal === null) return { adoption, operations, attempt: undefined }
      checkPrincipal(principal)
      const attempt = await revocation.begin(principal)
      const stamp = await this.#context.stampOf?.(principal)
      if (stamp === null) continue
      operations.push({ type: 'login', principal, persistence: 'normal', keep: undefined, stamp, proven: false, epoch: attempt.epoch })
      return { adoption, operations, attempt }
    }
    return undefined
  }

  /** Leaves out values that do not fit the schema or that no session can hold. */
  #writes(data: Readonly<Record<string, unknown>>): Operation[] {
    const { rules, events } = this.#context
    const operations: Operation[] = []
    for (const [key, value] of Object.entries(data)) {
      try {
        operations.push({ type: 'set', key, value: rules.encode(key, value) })
      } catch (error) {
        if (!isSojournError(error)) throw error
        events.emit('unreadable', { id: undefined, key })
      }
    }
    return operations
  }

  /** The adoption that made a record, if its original still has to be ended. */
  unfinished(record: SessionRecord): Adoption | undefined {
    const stored = record.values.get(ADOPTED)
    return stored && (JSON.parse(stored.text) as Adoption)
  }

  /**
   * Ends every session of another system that the request carries, so that none of them signs in again after a logout.
   *
   * @throws ERR_SESSION_STORE
   */
  async endOriginals(request: RequestHead): Promise<readonly HeaderLine[]> {
    const headers: HeaderLine[] = []
    for (const system of this.#systems) {
      for (const { name, until } of await system.find(request, this.#timed, this.#context.clock.now(), true)) {
        headers.push(...(await this.finish(request, { system: system.system, name, until })))
      }
    }
    return headers
  }

  /**
   * Ends the other sessions that were made from the same original: somebody with a copy of its cookie adopted it at
   * the same time (counterexample `adopted-twin`). First it is noted that the original's sessions have ended: that
   * reaches twins that are being made, and twins of nobody, which are in no list.
   */
  async endSiblings({ principal, values, meta }: SessionRecord): Promise<void> {
    const origin = values.get(ORIGIN)?.text
    const { revocation } = this.#context
    if (origin === undefined) return
    await this.#noteEnd(JSON.parse(origin) as string, meta.absoluteExpiresAt)
    if (principal === null || !revocation.isAble) return
    const siblings = (await revocation.list(principal)).filter((record) => record.values.get(ORIGIN)?.text === origin)
    if (siblings.length > 0)
      await revocation.revoke(
        principal,
        siblings.map(({ id }) => id),
      )
  }

  /** Ends a session if another one that was made from the same original has ended. Returns whether it did. */
  async endIfTwinEnded(record: SessionRecord): Promise<boolean> {
    const origin = record.values.get(ORIGIN)?.text
    const noted = origin === undefined ? undefined : await this.#context.calls.load(JSON.parse(origin) as string)
    if (noted?.body !== ENDED) return false
    await this.#context.revocation.end(record, 'revoked')
    return true
  }

  /** @param until the deadline of the longest twin, epoch milliseconds */
  async #noteEnd(id: string, until: number): Promise<void> {
    const { calls } = this.#context
    for (let attempt = 0; attempt < MAX_NOTE_ATTEMPTS; attempt++) {
      const known = await calls.load(id)
      if (known?.body === ENDED) return
      const retainUntil = Math.max(until, known?.retainUntil ?? 0)
      const note = { id, version: (known?.version ?? 0) + 1, expiresAt: retainUntil, retainUntil, principal: null, body: ENDED }
      const answer = await (known ? calls.update(note) : calls.create(note))
      if (answer === 'created' || answer === 'updated') return
    }
  }

  /** Asks for a stamp at each adoption that signs somebody in. */
  stampBy(stampOf: (principal: string) => Promise<string | null>): void {
    this.#context.stampOf = stampOf
  }

  /**
   * Remembers an adopted session as spent, and ends it. Returns the headers for the client. Repeating it changes
   * nothing.
   */
  async finish(request: RequestHead, { system, name, until }: Adoption): Promise<readonly HeaderLine[]> {
    const { calls, clock } = this.#context
    const now = clock.now()
    if (until > now) {
      const id = this.#spentId({ system, name })
      await calls.create({ id, version: 1, expiresAt: until, retainUntil: until, principal: null, body: ADOPTED_ONCE })
    }
    const headers: HeaderLine[] = []
    // Two sites can use the same system; each knows only its own sessions.
    for (const one of this.#systems) if (one.system === system) headers.push(...(await one.endOriginal(request, name, this.#timed, now)))
    return headers
  }

  /** Has the form of a session id, but no token leads to it. */
  #spentId({ system, name }: Omit<Adoption, 'until'>): string {
    const text = JSON.stringify(['sojourn/adopted', this.#context.name, system, name])
    return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
  }
}
