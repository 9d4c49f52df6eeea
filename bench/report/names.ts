import type { Contestant, Framework, Place } from '../contestants.ts'

export const frameworkNames: Readonly<Record<Framework, string>> = {
  node: 'node:http',
  express: 'Express',
  fastify: 'Fastify',
  koa: 'Koa',
  hono: 'Hono',
  h3: 'h3',
}

export const placeNames: Readonly<Record<Place, string>> = {
  none: 'bare',
  memory: 'memory',
  sqlite: 'SQLite',
  file: 'files',
  redis: 'Redis',
  postgres: 'PostgreSQL',
  sealed: 'in the cookie',
}

export function libraryName({ library }: Contestant): string {
  return library === 'sojourn' ? 'Sojourn' : library
}
