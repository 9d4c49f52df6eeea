/**
 * The settings that all processes of the soak share.
 *
 * @module
 */

export const engineNames = ['memory', 'SQLite', 'PostgreSQL', 'Redis'] as const
export type EngineName = (typeof engineNames)[number]

/** Where a server process finds the sessions of one engine: a path, a URL, or nothing. */
export interface Place {
  readonly engine: EngineName
  readonly location: string
}

/** The first part of the paths of an engine's application. */
export function pathOf(engine: EngineName): string {
  return engine.toLowerCase()
}

/**
 * How many times as fast the sessions' clock goes: ten minutes are five hours of rotations, sweeps and expiries at the
 * usual intervals. Redis removes what has expired by a clock of its own, so there it goes as usual.
 */
export function speedOf(engine: EngineName): number {
  return engine === 'Redis' ? 1 : 30
}

/** Of the machine's clock, milliseconds. */
export const IDLE = 20_000
export const ABSOLUTE = 90_000
/** The deadline of a store call, milliseconds. A pause of an engine is longer, so calls time out. */
export const STORE_TIMEOUT = 1_000
export const PAUSE = 3_000
/** The bound of the memory store. It is below the number of sessions that stay, so that live ones are evicted. */
export const MAX_IN_MEMORY = 40
export const PRINCIPALS = 60
