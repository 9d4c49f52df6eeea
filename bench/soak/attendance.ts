/**
 * Checks that everything has happened that a soak is to say something about.
 *
 * @module
 */
import type { EngineName } from './settings.ts'
import type { Figures } from './soak.ts'

const ALWAYS = [
  'visitors',
  'sessions began',
  'signed in',
  'deadlines extended',
  'rotated when asked',
  'signed out',
  'revoked',
  'requests aborted',
  'tokens forged',
  'connections opened',
  'connections ended by the server',
]
/** By engine: Redis removes what has expired itself, and only the memory is bounded. */
const PARTICULAR: Readonly<Record<EngineName, readonly string[]>> = {
  memory: ['evicted', 'rotated routinely'],
  SQLite: ['expired and swept', 'rotated routinely', 'calls timed out'],
  PostgreSQL: ['expired and swept', 'rotated routinely', 'calls timed out', 'calls failed'],
  Redis: ['calls timed out', 'calls failed'],
}

/** The things that should have happened and never did. */
export function missing(happened: Figures, engines: readonly EngineName[]): string[] {
  const wanted = new Set([...ALWAYS, ...engines.flatMap((engine) => PARTICULAR[engine])])
  return [...wanted].filter((what) => !happened[what])
}
