/**
 * Everything that a console knows of what happens: the numbers of its own process, and those that others tell.
 *
 * @module
 */
import type { Internals } from '../../core/internals.ts'
import { freezesAfterResponse } from '../../core/basics/platform.ts'
import { NumbersExchange } from './exchange.ts'
import type { Told } from './exchange.ts'
import { Journal } from './journal.ts'
import type { Entry } from './journal.ts'
import { Numbers, minuteOf } from './numbers.ts'
import type { Counter, Minute } from './numbers.ts'
import { timeStore } from './store-times.ts'
import { watch } from './watch.ts'
import type { Recorder } from './watch.ts'

export class Observer implements Recorder {
  readonly journal: Journal = new Journal()
  readonly #numbers = new Numbers()
  readonly #clock: Internals['clock']
  readonly #exchange: NumbersExchange | undefined
  #untold = new Numbers()
  #untoldEntries: Entry[] = []

  constructor(sessions: object, { events, clock, calls, name }: Internals) {
    this.#clock = clock
    const { notices } = calls.store
    // A platform that freezes between requests hears nothing.
    if (notices && !freezesAfterResponse()) {
      const receive = (told: Told): void => this.#receive(told)
      this.#exchange = new NumbersExchange(notices, name, clock, () => this.#takeUntold(), receive)
    }
    watch(events, clock, this)
    timeStore(sessions, (took) => this.#add({ counts: { storeCalls: 1, storeTime: took }, slowest: took }))
  }

  /** Whether the console also sees what happens in other processes. */
  get seesOthers(): boolean {
    return this.#exchange !== undefined
  }

  count(counter: Counter): void {
    this.#add({ counts: { [counter]: 1 }, slowest: 0 })
  }

  note(entry: Entry): void {
    this.journal.add(entry)
    if (!this.#exchange) return
    if (this.#untoldEntries.length < MAX_UNTOLD) this.#untoldEntries.push(entry)
    this.#exchange.soon()
  }

  lastHour(): Minute[] {
    return this.#numbers.lastHour(this.#clock.now())
  }

  #add(more: Parameters<Numbers['add']>[1]): void {
    const minute = minuteOf(this.#clock.now())
    this.#numbers.add(minute, more)
    if (!this.#exchange) return
    this.#untold.add(minute, more)
    this.#exchange.soon()
  }

  #takeUntold(): Told {
    const minutes = this.#untold.lastHour(this.#clock.now()).filter(({ counts }) => Object.keys(counts).length > 0)
    const told = { minutes, entries: this.#untoldEntries }
    this.#untold = new Numbers()
    this.#untoldEntries = []
    return told
  }

  #receive({ minutes, entries }: Told): void {
    for (const { at, ...counts } of minutes) this.#numbers.add(at, counts)
    for (const entry of entries) this.journal.add(entry)
  }
}

/** Entries that wait to be told to other processes. */
const MAX_UNTOLD = 20
