/**
 * Sessions of connections that stay open: sockets and streams hear that their session has ended. One timer for all of them in a
 * process; where the store has notices they say when to look, and the timer only makes up for those that were lost.
 *
 * @module
 */
import type { Clock } from '../basics/time.ts'
import { SojournError } from '../basics/errors.ts'
import { dueTouch } from '../record/policy.ts'
import type { Policy } from '../record/policy.ts'
import type { RecordCodec } from '../record/record-codec.ts'
import type { SessionRecord } from '../record/record.ts'
import type { StoreCalls } from '../storage/store-calls.ts'
import type { Notices } from '../contracts/store.ts'

/**
 * Why a connection has lost its session. `revoked`: logged out, revoked or destroyed, wherever that was. `expired`: by time. `superseded`: it was
 * given a new token, by a login or `rotate()`, and the connection came with an older one.
 */
export type LiveEnd = 'revoked' | 'expired' | 'superseded'

/** A session that an open connection depends on; from `session.live()`. */
export interface Live {
  /** Aborts when the session has ended for this connection; its reason is ERR_SESSION_GONE. */
  readonly signal: AbortSignal
  /** Why the signal aborted; `undefined` until then. */
  readonly ended: LiveEnd | undefined
  /** Call it when the client does something: the idle deadline moves, at most once in a tenth of the idle timeout. Costs nothing in between. */
  touch(): void
  /** Stops watching. Call it when the connection closes. */
  close(): void
}

/** With notices, all are looked at once in so many intervals, for those that were lost. */
const INTERVALS_PER_ROUND = 10
/** How many loads are under way at a time. */
const MAX_LOOKS = 20

/** One look; `again`: something happened since. */
interface Look {
  again: boolean
  began: number
}

/** Every call of the store has a deadline of its own, which is shorter. Milliseconds. */
const LONGEST_LOOK = 60_000

interface LiveEnvironment {
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly clock: Clock
  readonly policy: Policy
  /** Milliseconds. */
  readonly interval: number
}

export class LiveSessions {
  readonly #env: LiveEnvironment
  readonly #watched = new Map<string, Set<Watched>>()
  /** The ids that are being looked at. A look that its platform has cancelled counts no longer. */
  readonly #looking = new Map<string, Look>()
  #timer: NodeJS.Timeout | undefined
  #rounds = 0
  #subscription: Promise<() => Promise<void>> | undefined
  #isSubscribed = false

  constructor(env: LiveEnvironment) {
    this.#env = env
  }

  watch(record: SessionRecord, touch: (record: SessionRecord) => void): Live {
    const { id } = record
    const watched = new Watched(record, this.#env, touch, () => this.#forget(id, watched))
    this.#watched.set(id, (this.#watched.get(id) ?? new Set()).add(watched))
    if (this.#timer === undefined) this.#schedule()
    this.#subscribe()
    // It may have ended since it was read; but not before the caller can listen.
    setImmediate(() => void this.look(id))
    return watched
  }

  /** Tells all processes, this one too, that a session may have ended. Best effort: who misses it looks later. */
  async announce(id: string): Promise<void> {
    void this.look(id)
    await this.#env.calls.publish(id).catch(() => undefined)
  }

  /** Looks whether a session has ended. A store that fails says nothing about that: the next round asks again. */
  async look(id: string): Promise<void> {
    if (!this.#watched.has(id)) return
    const { calls, records, clock } = this.#env
    const other = this.#looking.get(id)
    if (other && clock.now() - other.began < LONGEST_LOOK) {
      other.again = true
      return
    }
    const own: Look = { again: false, began: clock.now() }
    this.#looking.set(id, own)
    try {
      do {
        own.again = false
        own.began = clock.now()
        const stored = await calls.load(id)
        const now = clock.now()
        const record = stored && records.decode(stored, now)
        for (const watched of this.#watched.get(id) ?? []) watched.saw(record, now)
      } while (own.again)
    } catch {
      // An event has said so.
    } finally {
      if (this.#looking.get(id) === own) this.#looking.delete(id)
    }
  }

  /** Nobody hears of anything any more. */
  async close(): Promise<void> {
    this.#watched.clear()
    await this.#stop()
  }

  #forget(id: string, watched: Watched): void {
    const all = this.#watched.get(id)
    all?.delete(watched)
    if (all?.size === 0) this.#watched.delete(id)
  }

  #schedule(): void {
    // Not all processes at the same instant.
    const pause = this.#env.interval * (0.75 + Math.random() / 4)
    this.#timer = setTimeout(() => void this.#round(), pause)
    this.#timer.unref?.()
  }

  async #round(): Promise<void> {
    // A connection that is gone leaves nothing behind that would keep the process alive.
    if (this.#watched.size === 0) return this.#stop()
    const now = this.#env.clock.now()
    const isFull = !this.#isSubscribed || ++this.#rounds % INTERVALS_PER_ROUND === 0
    const due = [...this.#watched].filter(([, all]) => isFull || [...all].some((watched) => watched.isDue(now))).map(([id]) => id)
    if (isFull) this.#subscribe()
    await this.#lookAll(due)
    this.#schedule()
  }

  async #lookAll(ids: string[]): Promise<void> {
    const drain = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) await this.look(id)
    }
    await Promise.all(Array.from({ length: Math.min(MAX_LOOKS, ids.length) }, drain))
  }

  #subscribe(): void {
    const { notices } = this.#env.calls.store
    if (notices && !this.#subscription) void this.#listen(notices)
  }

  async #listen(notices: Notices): Promise<void> {
    const subscription = notices.subscribe((id) => void this.look(id))
    this.#subscription = subscription
    try {
      await subscription
    } catch {
      if (this.#subscription === subscription) this.#subscription = undefined
      return
    }
    if (this.#subscription !== subscription) return
    this.#isSubscribed = true
    // What was published before is only to be seen in the store.
    await this.#lookAll([...this.#watched.keys()])
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [subscription, isSubscribed] = [this.#subscription, this.#isSubscribed]
    this.#subscription = undefined
    this.#isSubscribed = false
    const stopped = subscription?.then((stop) => stop()).catch(() => undefined)
    // One that waits for its server must not hang whoever closes; closing the store ends it.
    if (isSubscribed) await stopped
  }
}

class Watched implements Live {
  readonly #abort = new AbortController()
  readonly #env: LiveEnvironment
  readonly #touch: (record: SessionRecord) => void
  readonly #forget: () => void
  readonly #authGeneration: number
  #record: SessionRecord
  #ended: LiveEnd | undefined

  constructor(record: SessionRecord, env: LiveEnvironment, touch: (record: SessionRecord) => void, forget: () => void) {
    this.#record = record
    this.#env = env
    this.#touch = touch
    this.#forget = forget
    this.#authGeneration = record.meta.authGeneration
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get ended(): LiveEnd | undefined {
    return this.#ended
  }

  touch(): void {
    const { policy, clock } = this.#env
    const deadline = this.#ended ? undefined : dueTouch(policy, this.#record, clock.now())
    if (deadline === undefined) return
    this.#touch(this.#record)
    this.#record = { ...this.#record, expiresAt: deadline }
  }

  close(): void {
    this.#forget()
  }

  /** Whether, as far as is known here, its time is over; a visit elsewhere may have extended it. */
  isDue(now: number): boolean {
    return this.#record.expiresAt <= now
  }

  /** The newest record, or that there is none. */
  saw(record: SessionRecord | undefined, now: number): void {
    if (!record) this.#end(this.isDue(now) ? 'expired' : 'revoked')
    else if (record.meta.authGeneration === this.#authGeneration) this.#record = record
    else this.#end('superseded')
  }

  #end(how: LiveEnd): void {
    this.#ended = how
    this.#forget()
    this.#abort.abort(new SojournError('ERR_SESSION_GONE', `The session of this connection has ended: ${how}.`))
  }
}
