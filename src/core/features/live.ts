/**
 * Sessions of connections that stay open: sockets and streams are told when their session has ended. One timer serves
 * all of them in a process. If the store has notices, a notice says when to look, and the timer only makes up for lost
 * ones.
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
 * Why a connection has lost its session. `revoked`: logged out, revoked or destroyed, here or in another process.
 * `expired`: by time. `superseded`: a login or `rotate()` gave the session a new token, and the connection came with an
 * older one.
 */
export type LiveEnd = 'revoked' | 'expired' | 'superseded'

/** A session that an open connection depends on; from `session.live()`. */
export interface Live {
  /** Aborts when the session has ended for this connection; its reason is ERR_SESSION_GONE. */
  readonly signal: AbortSignal
  /** Why the signal aborted; `undefined` until then. */
  readonly ended: LiveEnd | undefined
  /**
   * Call it when the client does something: it moves the idle deadline, at most once in a tenth of the idle timeout. In
   * between it costs nothing.
   */
  touch(): void
  /** Stops watching. Call it when the connection closes. */
  close(): void
}

/** With notices, every session is still checked once in this many intervals, in case a notice was lost. */
const INTERVALS_PER_ROUND = 10
/** How many loads may be under way at a time. */
const MAX_LOOKS = 20

/** One look; `again`: something happened since. */
interface Look {
  again: boolean
  began: number
}

/** Every call of the store has a deadline of its own, which is shorter. Milliseconds. */
const MAX_LOOK = 60_000

interface LiveContext {
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly clock: Clock
  readonly policy: Policy
  /** Milliseconds. */
  readonly interval: number
}

export class LiveSessions {
  readonly #context: LiveContext
  readonly #watched = new Map<string, Set<Watched>>()
  /** The ids that are being looked at. A look that its platform has cancelled counts no longer. */
  readonly #looking = new Map<string, Look>()
  #timer: NodeJS.Timeout | undefined
  #rounds = 0
  #subscription: Promise<() => Promise<void>> | undefined
  #isSubscribed = false

  constructor(context: LiveContext) {
    this.#context = context
  }

  watch(record: SessionRecord, touch: (record: SessionRecord) => void): Live {
    const { id } = record
    const watched = new Watched(record, this.#context, touch, () => this.#forget(id, watched))
    this.#watched.set(id, (this.#watched.get(id) ?? new Set()).add(watched))
    if (this.#timer === undefined) this.#schedule()
    this.#subscribe()
    // It may have ended since it was read. But the caller must be able to listen first.
    setImmediate(() => void this.look(id))
    return watched
  }

  /**
   * Tells all processes, this one too, that a session may have ended. Best effort: a process that misses it looks
   * later.
   */
  async announce(id: string): Promise<void> {
    void this.look(id)
    await this.#context.calls.publish(id).catch(() => undefined)
  }

  /** Checks whether a session has ended. If the store fails, the next round asks again. */
  async look(id: string): Promise<void> {
    if (!this.#watched.has(id)) return
    const { calls, records, clock } = this.#context
    const other = this.#looking.get(id)
    if (other && clock.now() - other.began < MAX_LOOK) {
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
      // An event has reported it.
    } finally {
      if (this.#looking.get(id) === own) this.#looking.delete(id)
    }
  }

  /** Stops watching: no connection is told anything any more. */
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
    // Random, so that not all processes ask at the same instant.
    const pause = this.#context.interval * (0.75 + Math.random() / 4)
    this.#timer = setTimeout(() => void this.#round(), pause)
    this.#timer.unref?.()
  }

  async #round(): Promise<void> {
    // When the last connection is gone, nothing may keep the process alive.
    if (this.#watched.size === 0) return this.#stop()
    const now = this.#context.clock.now()
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
    const { notices } = this.#context.calls.store
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
    // A notice that was published before the subscription is lost, so the store has to be asked.
    await this.#lookAll([...this.#watched.keys()])
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [subscription, isSubscribed] = [this.#subscription, this.#isSubscribed]
    this.#subscription = undefined
    this.#isSubscribed = false
    const stopped = subscription?.then((stop) => stop()).catch(() => undefined)
    // A subscription that still waits for its server must not block closing; closing the store ends it.
    if (isSubscribed) await stopped
  }
}

class Watched implements Live {
  readonly #abort = new AbortController()
  readonly #context: LiveContext
  readonly #touch: (record: SessionRecord) => void
  readonly #forget: () => void
  readonly #authGeneration: number
  #record: SessionRecord
  #ended: LiveEnd | undefined

  constructor(record: SessionRecord, context: LiveContext, touch: (record: SessionRecord) => void, forget: () => void) {
    this.#record = record
    this.#context = context
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
    const { policy, clock } = this.#context
    const deadline = this.#ended ? undefined : dueTouch(policy, this.#record, clock.now())
    if (deadline === undefined) return
    this.#touch(this.#record)
    this.#record = { ...this.#record, expiresAt: deadline }
  }

  close(): void {
    this.#forget()
  }

  /** Whether its time is over, as far as this process knows; a request elsewhere may have extended it. */
  isDue(now: number): boolean {
    return this.#record.expiresAt <= now
  }

  /** Takes the newest record; `undefined` means that it is gone. */
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
