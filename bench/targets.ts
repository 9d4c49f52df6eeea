/**
 * The targets: what must be reached, and what would be better still. They are ratios inside one run, because a
 * processor has its own microseconds.
 *
 * @module
 */
import type { Contestant } from './contestants.ts'
import type { Scenario } from './scenarios.ts'

/** Limits of the scenarios that have one. */
export type Limits = Partial<Record<Scenario, number>>

/** Ours against another: the ratio of what both add. */
export interface Against {
  readonly ours: string
  readonly other: string
  /** Where the ratio is measured: in process, or over HTTP. */
  readonly where: 'objects' | 'http'
  readonly must: Limits
  readonly aim?: Limits
}

export const against: readonly Against[] = [
  {
    ours: 'node sojourn memory',
    other: 'node guarded floor memory',
    where: 'objects',
    must: { read: 1.3, write: 1.7, new: 1.8 },
    aim: { read: 1.2, write: 1.2, new: 1.2 },
  },
  // If nobody subscribes, the tracing channels cost nothing; metrics of OpenTelemetry cost no more than a session.
  {
    ours: 'node sojourn memory',
    other: 'node sojourn without tracing memory',
    where: 'objects',
    must: { read: 1.1, write: 1.1, new: 1.1 },
    aim: { read: 1.03, write: 1.03, new: 1.03 },
  },
  {
    ours: 'node sojourn with metrics memory',
    other: 'node sojourn memory',
    where: 'objects',
    must: { read: 2, write: 2, new: 2 },
    aim: { read: 1.5, write: 1.5, new: 1.5 },
  },
  {
    ours: 'express sojourn memory',
    other: 'express express-session memory',
    where: 'http',
    must: { read: 0.25, write: 0.36, new: 0.37 },
    aim: { read: 0.2, write: 0.3, new: 0.3 },
  },
  {
    ours: 'fastify sojourn memory',
    other: 'fastify @fastify/session memory',
    where: 'http',
    must: { read: 0.5, write: 0.75, new: 1.25 },
    aim: { read: 0.4, write: 0.6, new: 1 },
  },
  ...['hono-sessions', 'koa-session'].map((library): Against => {
    const framework = library.split('-')[0]!
    return {
      ours: `${framework} sojourn memory`,
      other: `${framework} ${library} memory`,
      where: 'http',
      must: { read: 0.45, write: 0.7, new: 1.4 },
      aim: { read: 0.3, write: 0.5, new: 1 },
    }
  }),
  ...['express express-session', 'fastify @fastify/session'].map((peer): Against => {
    const framework = peer.split(' ')[0]!
    return {
      ours: `${framework} sojourn redis`,
      other: `${peer} redis`,
      where: 'http',
      must: { read: 0.34, write: 0.66, new: 0.5 },
      aim: { read: 0.3, write: 0.5, new: 0.4 },
    }
  }),
  {
    ours: 'express sojourn postgres',
    other: 'express express-session postgres',
    where: 'http',
    must: { read: 0.5, write: 0.75, new: 0.66 },
    aim: { read: 0.4, write: 0.4, new: 0.4 },
  },
  ...['sqlite', 'file'].map((place): Against => {
    return {
      ours: `express sojourn ${place}`,
      other: `express express-session ${place}`,
      where: 'http',
      must: { read: 0.2, write: 0.2, new: 0.2 },
      aim: { read: 0.15, write: 0.15, new: 0.15 },
    }
  }),
  {
    ours: 'fastify sojourn sealed',
    other: 'fastify @fastify/secure-session sealed',
    where: 'objects',
    must: { read: 3, write: 2.5, new: 3 },
    aim: { read: 1.5, write: 1.5, new: 1.5 },
  },
  { ours: 'node sojourn sealed', other: 'node iron-session sealed', where: 'objects', must: { read: 0.06 } },
]

/**
 * Over HTTP, where the session is not used: the bare server's CPU as a share of ours, in every framework, in memory.
 */
export const untouched = { must: 0.95, aim: 1 } as const

/** In process, in memory: a large session where one key is touched, as a ratio to the small one. */
export const large = {
  must: 1.3,
  aim: 1.1,
  of: { 'read of 2 KB': 'read', 'read of 32 KB': 'read', 'write of 2 KB': 'write', 'write of 32 KB': 'write' },
} as const

/** Visits until a new process is warm, and its resident megabytes after a life. */
export const life = { cold: 12_000, resident: 100 } as const

/** Of 50 changes at once. */
export const survivors = 50

/** Heap of a session in the memory store, as a ratio to a Map. */
export const weight = 1.25

/** Whose figures `untouched`, `large` and `life` judge. */
export function isJudged({ library, place }: Contestant): boolean {
  return library === 'sojourn' && place === 'memory'
}
