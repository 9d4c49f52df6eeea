/**
 * What each other library leaves out. Where one is cheaper, that is why: no table shows its figures without this list.
 *
 * @module
 */
import { isOurs } from './contestants.ts'
import type { Contestant, Library } from './contestants.ts'

/** The things that ours does and another leaves out. The tables name them by letters, in this order. */
const reasons = {
  overwrites: 'of changes at the same time one overwrites the other, wherever the store is asynchronous',
  early: 'the headers leave before the session is saved',
  revives: 'a late save brings an ended session back',
  clear: 'ids or tokens are stored in the clear',
  fixed: 'no token that rotates, and no alarm when an old one is used',
  irrevocable: 'sessions cannot be listed or revoked, not even with a store beside them',
  deadline: 'no two deadlines, one of inactivity and an absolute one',
  unsigned: 'the id travels unsigned',
  readable: 'everybody who holds the cookie can read the data',
  manual: 'the handler has to save by itself',
  identity: 'keeps no data of the application, so it only reads. It reads the user too, which ours does not',
  unchecked: 'checks nothing: no proof of identity, no merge, no failures',
  narrow: 'no merge, no failures, no late writes; one store, one cookie, one framework',
} as const

type Reason = keyof typeof reasons

const leavesOut: Readonly<Record<Exclude<Library, 'bare' | `sojourn${string}`>, readonly Reason[]>> = {
  floor: ['unchecked'],
  'guarded floor': ['narrow', 'fixed'],
  'express-session': ['overwrites', 'early', 'revives', 'clear', 'fixed'],
  'cookie-session': ['irrevocable', 'deadline', 'readable'],
  'iron-session': ['irrevocable', 'deadline', 'manual'],
  'better-auth': ['clear', 'fixed', 'identity'],
  '@fastify/session': ['overwrites', 'revives', 'clear', 'fixed'],
  '@fastify/secure-session': ['irrevocable', 'deadline'],
  'koa-session': ['overwrites', 'revives', 'clear', 'fixed'],
  'hono-sessions': ['overwrites', 'revives', 'clear', 'fixed', 'unsigned'],
  '@hono/session': ['irrevocable', 'manual'],
  'h3 useSession': ['irrevocable', 'deadline', 'manual'],
}

const order = Object.keys(reasons) as Reason[]

/** The letters of what a contestant leaves out, as in `a, b`; empty for ours. */
export function lettersOf(one: Contestant): string {
  return reasonsOf(one).map(letterOf).join(', ')
}

/** A list of what the letters in the rows of these contestants mean. */
export function legendOf(rows: readonly Contestant[]): string {
  const used = new Set(rows.flatMap(reasonsOf))
  return order
    .filter((reason) => used.has(reason))
    .map((reason) => `- **${letterOf(reason)}** ${reasons[reason]}`)
    .join('\n')
}

function reasonsOf(one: Contestant): readonly Reason[] {
  const { library } = one
  return library === 'bare' || isOurs(one)
    ? []
    : leavesOut[library as keyof typeof leavesOut].toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
}

function letterOf(reason: Reason): string {
  return String.fromCharCode('a'.charCodeAt(0) + order.indexOf(reason))
}
