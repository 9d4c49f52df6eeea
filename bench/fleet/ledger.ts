/**
 * Counts what the engine is asked, and what it holds.
 *
 * @module
 */
import { DAY, MINUTE } from './habits.ts'

/** Counts of one day of the sample. */
export interface Counts {
  readonly requests: number
  readonly reads: number
  readonly writes: number
  /** Bytes of records that the engine read and wrote. */
  readonly bytes: number
  /** Bytes of `Cookie` and `Set-Cookie`, without the names of the headers. */
  readonly cookies: number
  /** Calls that failed because the engine was away. */
  readonly refused: number
  /** Reads and writes of the busiest span, and how long it is. */
  readonly peak: { readonly reads: number; readonly writes: number; readonly seconds: number }
  /** The largest number of sessions, and of their bytes, at one time. */
  readonly held: { readonly sessions: number; readonly bytes: number }
}

const SPAN = 10 * MINUTE
/** A command with a key of some thirty bytes and a time. */
const SMALL = 50

interface Held {
  bytes: number
  expiresAt: number
}

export class Ledger {
  /** Milliseconds since midnight. */
  now = 0
  isDown = false
  requests = 0
  cookies = 0
  readonly #spans = Array.from({ length: Math.ceil(DAY / SPAN) + 12 }, () => ({ reads: 0, writes: 0 }))
  readonly #held = new Map<string, Held>()
  #bytes = 0
  #refused = 0
  #most = { sessions: 0, bytes: 0 }
  #span = 0

  /** Sets the time of the calls that follow. */
  moveTo(now: number, isDown: boolean): void {
    this.now = now
    this.isDown = isDown
    const span = Math.floor(now / SPAN)
    if (span === this.#span) return
    this.#span = span
    this.#look()
  }

  /** Whether the key is live. Throws while the engine is away, as every call does. */
  read(key: string): boolean {
    const held = this.#held.get(key)
    const isLive = held !== undefined && held.expiresAt > this.now
    this.#count('reads', isLive ? held.bytes : SMALL)
    return isLive
  }

  write(key: string, bytes: number, expiresAt: number): void {
    this.#count('writes', bytes)
    this.#held.set(key, { bytes, expiresAt })
  }

  /** Counts a write of some bytes of a record, which keeps its size. */
  change(bytes: number): void {
    this.#count('writes', bytes)
  }

  touch(key: string, expiresAt: number): void {
    this.#count('writes', SMALL)
    const held = this.#held.get(key)
    if (held) held.expiresAt = expiresAt
  }

  remove(key: string): void {
    this.#count('writes', SMALL)
    this.#held.delete(key)
  }

  /** Counts a call that is not about a record, but about an index or an epoch. */
  other(kind: 'reads' | 'writes'): void {
    this.#count(kind, SMALL)
  }

  get counts(): Counts {
    this.#look()
    const busiest = this.#spans.reduce((most, span) => (span.reads + span.writes > most.reads + most.writes ? span : most))
    const sum = (kind: 'reads' | 'writes'): number => this.#spans.reduce((total, span) => total + span[kind], 0)
    return {
      requests: this.requests,
      reads: sum('reads'),
      writes: sum('writes'),
      bytes: this.#bytes,
      cookies: this.cookies,
      refused: this.#refused,
      peak: { ...busiest, seconds: SPAN / 1_000 },
      held: this.#most,
    }
  }

  #count(kind: 'reads' | 'writes', bytes: number): void {
    if (this.isDown) {
      this.#refused++
      throw new Error('The engine is away.')
    }
    this.#spans[Math.floor(this.now / SPAN)]![kind]++
    this.#bytes += bytes
  }

  #look(): void {
    let bytes = 0
    for (const [key, held] of this.#held) {
      if (held.expiresAt <= this.now) this.#held.delete(key)
      else bytes += held.bytes
    }
    if (bytes > this.#most.bytes) this.#most = { sessions: this.#held.size, bytes }
  }
}
