/**
 * One day of all visitors, made from a seed: who sends which request, and when.
 *
 * @module
 */
import type { Assumptions } from './assumptions.ts'

export type Kind = 'read' | 'change' | 'untouched' | 'sign-in'

/** Requests that come at the same moment. */
export interface Burst {
  /** Milliseconds since midnight. */
  readonly at: number
  /** Whose cookies they bring; `undefined`: a bot, which keeps none. */
  readonly user: number | undefined
  readonly kinds: readonly Kind[]
}

export const MINUTE = 60_000
const HOUR = 60 * MINUTE
export const DAY: number = 24 * HOUR
const WAVE: number = 9 * HOUR
export const FAILOVER: number = 14.5 * HOUR
export const DEPLOY: number = 12 * HOUR

/** All requests of a day, in order. */
export function dayOf(assumptions: Assumptions): Burst[] {
  const random = randomOf(assumptions.seed)
  const bursts: Burst[] = []
  for (let user = 0; user < assumptions.sample; user++) {
    if (random() < assumptions.wave) addVisit(bursts, user, WAVE + random() * 10 * MINUTE, true, assumptions, random)
    for (let visits = roundedBy(assumptions.visits, random); visits > 0; visits--) {
      addVisit(bursts, user, arrival(random), random() < assumptions.signing, assumptions, random)
    }
  }
  const asked = bursts.reduce((sum, { kinds }) => sum + kinds.length, 0)
  for (let bots = Math.round(asked * assumptions.bots); bots > 0; bots--) {
    bursts.push({ at: random() * DAY, user: undefined, kinds: [kindOf(assumptions, random)] })
  }
  const back = FAILOVER + assumptions.outage * 1_000
  // Whoever saw an error comes again when the engine is back.
  const again = bursts.filter(({ at }) => isDown(at, assumptions)).map((burst) => ({ ...burst, at: back + random() * 30_000 }))
  return [...bursts, ...again].toSorted((a, b) => a.at - b.at)
}

/** Whether the engine does not answer. */
export function isDown(at: number, { outage }: Assumptions): boolean {
  return at >= FAILOVER && at < FAILOVER + outage * 1_000
}

function addVisit(bursts: Burst[], user: number, start: number, signsIn: boolean, assumptions: Assumptions, random: () => number): void {
  const pages = 1 + roundedBy((assumptions.pages - 1) * 2 * random(), random)
  let at = start
  for (let page = 0; page < pages; page++) {
    // The first page is opened in one tab; the others follow it.
    const tabs = page === 0 ? 1 : Math.max(1, assumptions.tabs)
    const kinds = Array.from({ length: tabs }, (): Kind => kindOf(assumptions, random))
    if (signsIn && page === 1) kinds.splice(0, tabs, 'sign-in')
    bursts.push({ at, user, kinds })
    at += assumptions.pause * 1_000 * 2 * random()
  }
}

function kindOf({ reading, changing }: Assumptions, random: () => number): Kind {
  const dice = random()
  if (dice < changing) return 'change'
  return dice < changing + reading ? 'read' : 'untouched'
}

/** Most visits are in the day: the sum of three dice has its top at half past two in the afternoon. */
function arrival(random: () => number): number {
  return 6 * HOUR + ((random() + random() + random()) / 3) * 17 * HOUR
}

function roundedBy(average: number, random: () => number): number {
  return Math.floor(average) + (random() < average % 1 ? 1 : 0)
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
