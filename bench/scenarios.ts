/**
 * What a request does with its session.
 *
 * @module
 */
import { isFloor, isRemote } from './contestants.ts'
import type { Contestant } from './contestants.ts'

export interface Plan {
  readonly path: string
  /** The path that fills the sessions of the requests; left out: the requests bring no cookie. */
  readonly seed?: string
}

export const scenarios = {
  read: { path: '/read', seed: '/seed' },
  write: { path: '/write', seed: '/seed' },
  untouched: { path: '/untouched', seed: '/seed' },
  new: { path: '/new' },
  'read of 2 KB': { path: '/read', seed: '/seed/2' },
  'write of 2 KB': { path: '/write', seed: '/seed/2' },
  'read of 32 KB': { path: '/read', seed: '/seed/32' },
  'write of 32 KB': { path: '/write', seed: '/seed/32' },
} as const satisfies Record<string, Plan>

export type Scenario = keyof typeof scenarios

/** The four that every contestant runs, as far as it can. */
export const common: readonly Scenario[] = ['read', 'write', 'untouched', 'new']

const large: readonly Scenario[] = ['read of 2 KB', 'write of 2 KB', 'read of 32 KB', 'write of 32 KB']

/** The scenarios of a contestant in process. The large sessions are compared where the store itself costs least. */
export function inProcess(contestant: Contestant): readonly Scenario[] {
  if (isRemote(contestant)) return []
  const { framework, library, place } = contestant
  const takesPart = framework === 'node' || framework === 'express' || framework === 'fastify'
  return takesPart && (place === 'memory' || library === 'bare') ? [...common, ...large] : overHttp(contestant)
}

/** The scenarios of a contestant over HTTP. */
export function overHttp({ library }: Contestant): readonly Scenario[] {
  // It keeps nothing of the application's own.
  return library === 'better-auth' ? ['read', 'untouched'] : common
}

/**
 * Whether changes at the same time can be counted: of a session that the client keeps, the client keeps the last
 * response only.
 */
export function canCount(contestant: Contestant): boolean {
  const { library, place } = contestant
  return library !== 'bare' && library !== 'better-auth' && place !== 'sealed' && !isFloor(contestant)
}

export const sessionCount = 256
