/**
 * Tells the numbers of this process to the consoles of other processes, by the notices of the store. Best effort, as
 * notices are: what a lost one told is missing in the charts.
 *
 * @module
 */
import { randomText } from '../../core/crypto/random.ts'
import type { Clock } from '../../core/basics/time.ts'
import type { Notices } from '../../core/contracts/store.ts'
import { entryKinds } from './journal.ts'
import type { Entry } from './journal.ts'
import { MINUTE, MINUTES, counters } from './numbers.ts'
import type { Counter, Counts } from './numbers.ts'

/** The message of one process to the others: what happened in it since its last message. */
export interface Told {
  readonly minutes: readonly (Counts & { readonly at: number })[]
  readonly entries: readonly Entry[]
}

/** How long after something has happened it is told, milliseconds. */
const PAUSE = 2_000
/** A notice of PostgreSQL has less than 8,000 bytes. */
const MAX_BYTES = 7_500
const MAX_CALL = 2_000

export class NumbersExchange {
  readonly #notices: Notices
  readonly #prefix: string
  readonly #clock: Clock
  readonly #process = randomText(8)
  readonly #take: () => Told
  readonly #listener: (notice: string) => void
  #isSubscribed = false
  #timer: NodeJS.Timeout | undefined

  /**
   * @param name of the application: others may share the store
   * @param take returns what was not yet told
   */
  constructor(notices: Notices, name: string, clock: Clock, take: () => Told, receive: (told: Told) => void) {
    this.#notices = notices
    this.#prefix = `console/${name}/`
    this.#clock = clock
    this.#take = take
    this.#listener = (notice) => {
      if (!notice.startsWith(this.#prefix)) return
      const told = read(notice.slice(this.#prefix.length), this.#process, clock.now())
      if (told) receive(told)
    }
    this.#subscribe()
  }

  #subscribe(): void {
    if (this.#isSubscribed) return
    this.#isSubscribed = true
    this.#notices.subscribe(this.#listener).catch(() => (this.#isSubscribed = false))
  }

  /** Call it when something has happened. It is told in a moment, together with what follows. */
  soon(): void {
    // Again, if the server was away.
    this.#subscribe()
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#tell()
    }, PAUSE)
    this.#timer.unref?.()
  }

  async #tell(): Promise<void> {
    const { minutes, entries } = this.#take()
    const text = (some: readonly Entry[]): string =>
      this.#prefix + JSON.stringify({ process: this.#process, minutes, entries: some } satisfies Told & { process: string })
    let shown = entries
    while (shown.length > 0 && Buffer.byteLength(text(shown)) > MAX_BYTES) shown = shown.slice(0, -1)
    const call = { now: this.#clock.now(), signal: AbortSignal.timeout(MAX_CALL) }
    // It does not use the application's calls of the store: a failure would be counted, told, and fail again.
    await this.#notices.publish(text(shown), call).catch(() => undefined)
  }
}

/** Whoever may write to the store may publish anything, so nothing is taken as it is. */
function read(text: string, ownProcess: string, now: number): Told | undefined {
  try {
    const { process, minutes, entries } = JSON.parse(text) as { process: unknown; minutes: unknown[]; entries: unknown[] }
    if (process === ownProcess) return undefined
    return {
      minutes: minutes
        .map((minute) => readMinute(minute as Record<string, unknown>))
        .filter(({ at }) => Math.abs(now - at) < MINUTES * MINUTE),
      entries: entries.map((entry) => readEntry(entry as Record<string, unknown>)).filter((entry) => entry !== undefined),
    }
  } catch {
    return undefined
  }
}

function readMinute({ at, counts, slowest }: Record<string, unknown>): Counts & { readonly at: number } {
  const given = counts as Record<Counter, unknown>
  const known = counters.map((counter): [Counter, number] => [counter, numberOf(given[counter])])
  return { at: numberOf(at), counts: Object.fromEntries(known) as Record<Counter, number>, slowest: numberOf(slowest) }
}

function readEntry({ at, kind, ended, times, ...texts }: Record<string, unknown>): Entry | undefined {
  const known = entryKinds.find((name) => name === kind)
  if (!known) return undefined
  const text = (name: string): string | undefined => (typeof texts[name] === 'string' ? texts[name].slice(0, 1_024) : undefined)
  return {
    at: numberOf(at),
    kind: known,
    reason: text('reason'),
    id: text('id'),
    principal: text('principal'),
    address: text('address'),
    userAgent: text('userAgent'),
    operator: text('operator'),
    ended: ended === undefined ? undefined : numberOf(ended),
    times: numberOf(times),
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}
