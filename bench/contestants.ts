/** Who runs against whom. A contestant is compared with the bare server of its framework in the same round. */
export interface Contestant {
  readonly framework: 'node' | 'express'
  readonly session: 'bare' | 'sojourn' | 'express-session'
  readonly store: 'none' | 'memory' | 'sqlite'
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
