/** Who runs against whom. A contestant is compared with the bare server of its framework in the same round. */
export interface Contestant {
  readonly framework: 'node' | 'express' | 'fastify' | 'koa' | 'hono'
  readonly session:
    | 'bare'
    | 'sojourn'
    | 'express-session'
    | '@fastify/session'
    | '@fastify/secure-session'
    | 'koa-session'
    | 'hono-sessions'
    | '@hono/session'
  /** `cookie`: the client keeps it all. */
  readonly store: 'none' | 'memory' | 'sqlite' | 'cookie'
}

export const contestants: readonly Contestant[] = [
  { framework: 'node', session: 'bare', store: 'none' },
  { framework: 'node', session: 'sojourn', store: 'memory' },
  { framework: 'node', session: 'sojourn', store: 'sqlite' },
  { framework: 'express', session: 'bare', store: 'none' },
  { framework: 'express', session: 'sojourn', store: 'memory' },
  { framework: 'express', session: 'express-session', store: 'memory' },
  { framework: 'express', session: 'sojourn', store: 'sqlite' },
  { framework: 'express', session: 'express-session', store: 'sqlite' },
  { framework: 'fastify', session: 'bare', store: 'none' },
  { framework: 'fastify', session: 'sojourn', store: 'memory' },
  { framework: 'fastify', session: '@fastify/session', store: 'memory' },
  { framework: 'fastify', session: '@fastify/secure-session', store: 'cookie' },
  { framework: 'koa', session: 'bare', store: 'none' },
  { framework: 'koa', session: 'sojourn', store: 'memory' },
  { framework: 'koa', session: 'koa-session', store: 'memory' },
  { framework: 'hono', session: 'bare', store: 'none' },
  { framework: 'hono', session: 'sojourn', store: 'memory' },
  { framework: 'hono', session: 'hono-sessions', store: 'memory' },
  { framework: 'hono', session: '@hono/session', store: 'cookie' },
]

export function nameOf({ framework, session, store }: Contestant): string {
  return [framework, session, store].filter((part) => part !== 'none').join(' ')
}

/** S1 read a value · S2 change a value · S3 valid cookie, session not used · S4 no cookie, session created. */
export const scenarios = {
  S1: { path: '/read', cookie: true },
  S2: { path: '/write', cookie: true },
  S3: { path: '/untouched', cookie: true },
  S4: { path: '/new', cookie: false },
} as const

export type Scenario = keyof typeof scenarios

/** About 213 bytes of JSON, as the figures of other libraries were taken with. */
export const data = {
  user: 'user-4711-of-the-shop',
  theme: 'dark',
  language: 'en',
  cart: ['enamel-mug', 'camp-kettle', 'steel-flask', 'pocket-notebook'],
  visits: 41,
  lastSearch: 'something light for the evening, under forty',
  csrf: '0123456789abcdef0123456789abcdef',
} as const

export const sessionCount = 256
