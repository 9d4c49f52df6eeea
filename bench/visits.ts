import { createRequire } from 'node:module'
import type { Session } from 'sojourn'
import { data } from './contestants.ts'

export const ANSWER = 'Thank you for coming by.'
export const secret = 'a secret of the bench, long enough for it'

export type Data = Record<string, unknown>

/** A package that the bench installs beside itself. */
export const peerRequire: NodeJS.Require = createRequire(new URL('peers/package.json', import.meta.url))

/** What each path does with ours, whoever serves it; answers the body. */
export async function visit(path: string, opened: Session<Data>): Promise<string> {
  if (path === '/read') await opened.get('theme')
  else if (path === '/write' || path === '/new') opened.set('visits', Math.random())
  else if (path === '/seed') for (const [key, value] of Object.entries(data)) opened.set(key, value)
  else if (path.startsWith('/key/')) opened.set(path.slice(5), 1)
  else if (path === '/increment') opened.increment('count')
  else if (path === '/keys') return tally((await opened.load()).data)
  return ANSWER
}

/** The same with a peer's bag of properties. */
export function visitBag(path: string, bag: Data): string {
  if (path === '/read') void bag['theme']
  else if (path === '/write' || path === '/new') bag['visits'] = Math.random()
  else if (path === '/seed') Object.assign(bag, data)
  else if (path.startsWith('/key/')) bag[path.slice(5)] = 1
  else if (path === '/increment') bag['count'] = Number(bag['count'] ?? 0) + 1
  else if (path === '/keys') return tally(bag)
  return ANSWER
}

/** A peer's session with methods. */
export interface Bag {
  get(key: string): unknown
  set(key: string, value: unknown): void
}

/** The same with a peer's methods; `keys` lists what is there. */
export function visitMethods(path: string, bag: Bag): string {
  if (path === '/read') bag.get('theme')
  else if (path === '/write' || path === '/new') bag.set('visits', Math.random())
  else if (path === '/seed') for (const [key, value] of Object.entries(data)) bag.set(key, value)
  else if (path.startsWith('/key/')) bag.set(path.slice(5), 1)
  else if (path === '/increment') bag.set('count', Number(bag.get('count') ?? 0) + 1)
  else if (path === '/keys') {
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`).filter((key) => bag.get(key) !== undefined && bag.get(key) !== null)
    return tally({ ...Object.fromEntries(keys.map((key) => [key, 1])), count: bag.get('count') ?? 0 })
  }
  return ANSWER
}

/** How many of the keys, and what the counter says. */
function tally(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ keys: Object.keys(values).filter((key) => key.startsWith('k')).length, count: values['count'] ?? 0 })
}
