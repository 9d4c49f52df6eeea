/**
 * The latest things that an operator has to know: alarms, refused sign-ins, and what operators did.
 *
 * @module
 */

/** One entry. It contains no token and no session data. */
export interface Entry {
  /** When it happened, epoch milliseconds; for several equal entries, the last time. */
  readonly at: number
  /** The name of the event. */
  readonly kind: EntryKind
  /** Why, as the event says: `password`, `cross-site`, `load` … */
  readonly reason?: string | undefined
  /** The id of a session. */
  readonly id?: string | undefined
  readonly principal?: string | undefined
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  readonly operator?: string | undefined
  /** How many sessions an operator ended. */
  readonly ended?: number | undefined
  /** How often it happened in a row. */
  readonly times: number
}

export const entryKinds = [
  'reuse',
  'unconfirmed',
  'refused',
  'csrfRefused',
  'unreadable',
  'evicted',
  'storeError',
  'operated',
  'signInFailed',
  'signInThrottled',
] as const
export type EntryKind = (typeof entryKinds)[number]

const KEPT = 100
/** Equal entries that come within this time are one. Milliseconds. */
const SAME = 60_000

/** Refused sign-ins are kept apart, so that somebody who guesses passwords does not push the alarms out. */
export class Journal {
  readonly #alarms: Entry[] = []
  readonly #signIns: Entry[] = []

  add(entry: Entry): void {
    const list = isSignIn(entry) ? this.#signIns : this.#alarms
    const at = list.findIndex((other) => isSame(entry, other))
    const [before] = at < 0 ? [] : list.splice(at, 1)
    list.unshift(before ? { ...entry, times: before.times + entry.times } : entry)
    list.length = Math.min(list.length, KEPT)
  }

  /** The newest first. */
  get alarms(): readonly Entry[] {
    return this.#alarms
  }

  /** Refused sign-ins, the newest first. */
  get signIns(): readonly Entry[] {
    return this.#signIns
  }
}

function isSignIn({ kind }: Entry): boolean {
  return kind === 'signInFailed' || kind === 'signInThrottled'
}

function isSame(a: Entry, b: Entry): boolean {
  // What an operator did is a fact of its own each time.
  if (a.kind === 'operated' || a.at - b.at > SAME) return false
  return (['kind', 'reason', 'id', 'principal', 'address', 'userAgent'] as const).every((field) => a[field] === b[field])
}
