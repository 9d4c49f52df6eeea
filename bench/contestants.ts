/**
 * The contestants. Each is compared with the bare server of its framework in the same round.
 *
 * @module
 */
export type Framework = 'node' | 'express' | 'fastify' | 'koa' | 'hono' | 'h3'

export type Library =
  | 'bare'
  | 'floor'
  | 'guarded floor'
  | 'sojourn'
  | 'sojourn without tracing'
  | 'sojourn with metrics'
  | 'express-session'
  | 'cookie-session'
  | 'iron-session'
  | 'better-auth'
  | '@fastify/session'
  | '@fastify/secure-session'
  | 'koa-session'
  | 'hono-sessions'
  | '@hono/session'
  | 'h3 useSession'

/** `sealed`: the client keeps everything. */
export type Place = 'none' | 'memory' | 'sqlite' | 'file' | 'redis' | 'postgres' | 'sealed'

export interface Contestant {
  readonly framework: Framework
  readonly library: Library
  readonly place: Place
}

export const contestants: readonly Contestant[] = [
  of('node', 'bare', 'none'),
  of('node', 'floor', 'memory'),
  of('node', 'guarded floor', 'memory'),
  of('node', 'sojourn', 'memory'),
  of('node', 'sojourn without tracing', 'memory'),
  of('node', 'sojourn with metrics', 'memory'),
  of('node', 'sojourn', 'sqlite'),
  of('node', 'better-auth', 'sqlite'),
  of('node', 'sojourn', 'sealed'),
  of('node', 'iron-session', 'sealed'),
  of('express', 'bare', 'none'),
  of('express', 'sojourn', 'memory'),
  of('express', 'express-session', 'memory'),
  of('express', 'sojourn', 'sqlite'),
  of('express', 'express-session', 'sqlite'),
  of('express', 'sojourn', 'file'),
  of('express', 'express-session', 'file'),
  of('express', 'sojourn', 'redis'),
  of('express', 'express-session', 'redis'),
  of('express', 'sojourn', 'postgres'),
  of('express', 'express-session', 'postgres'),
  of('express', 'sojourn', 'sealed'),
  of('express', 'cookie-session', 'sealed'),
  of('fastify', 'bare', 'none'),
  of('fastify', 'sojourn', 'memory'),
  of('fastify', '@fastify/session', 'memory'),
  of('fastify', 'sojourn', 'redis'),
  of('fastify', '@fastify/session', 'redis'),
  of('fastify', 'sojourn', 'sealed'),
  of('fastify', '@fastify/secure-session', 'sealed'),
  of('koa', 'bare', 'none'),
  of('koa', 'sojourn', 'memory'),
  of('koa', 'koa-session', 'memory'),
  of('hono', 'bare', 'none'),
  of('hono', 'sojourn', 'memory'),
  of('hono', 'hono-sessions', 'memory'),
  of('hono', 'sojourn', 'sealed'),
  of('hono', '@hono/session', 'sealed'),
  of('h3', 'bare', 'none'),
  of('h3', 'sojourn', 'memory'),
  of('h3', 'sojourn', 'sealed'),
  of('h3', 'h3 useSession', 'sealed'),
]

export const frameworks: readonly Framework[] = ['node', 'express', 'fastify', 'koa', 'hono', 'h3']

export function nameOf({ framework, library, place }: Contestant): string {
  return [framework, library, place].filter((part) => part !== 'none').join(' ')
}

export function bareOf({ framework }: Contestant): string {
  return nameOf(of(framework, 'bare', 'none'))
}

/** Ours: as it is, or with a change that shows what one part of it costs. */
export function isOurs({ library }: Contestant): boolean {
  return library.startsWith('sojourn')
}

/** Hand-written to show a limit; nobody would use it. */
export function isFloor({ library }: Contestant): boolean {
  return library === 'floor' || library === 'guarded floor'
}

/** The store has a server of its own: one visit at a time would mostly measure the waiting. */
export function isRemote({ place }: Contestant): boolean {
  return place === 'redis' || place === 'postgres'
}

function of(framework: Framework, library: Library, place: Place): Contestant {
  return { framework, library, place }
}
