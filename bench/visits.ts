/**
 * What each path does with a session, whoever serves it. Each function returns the body of the response, and is
 * asynchronous for everybody, so that nobody's handler waits less than another's.
 *
 * @module
 */
import type { Session } from 'sojourn'
import { dataOf } from './data.ts'
import type { Data } from './data.ts'

export const ANSWER = 'Thank you for coming by.'

/** A peer's session with methods. */
export interface Methods {
  get(key: string): unknown
  set(key: string, value: unknown): void
}

/** The work of the server without sessions. */
export async function visitNothing(path: string): Promise<string> {
  return path === '' ? '' : ANSWER
}

/** With our handle. */
export async function visitHandle(path: string, session: Session<Data>): Promise<string> {
  if (path === '/read') check(await session.get('theme'))
  else if (path === '/write' || path === '/new') session.set('visits', Math.random())
  else if (path === '/untouched') return ANSWER
  else if (path.startsWith('/seed')) for (const [key, value] of Object.entries(dataOf(path))) session.set(key, value)
  else if (path.startsWith('/key/')) session.set(path.slice(5), 1)
  else if (path === '/increment') session.increment('count')
  else if (path === '/told') return tell((await session.load()).data)
  return ANSWER
}

/** With an object whose properties are the values. */
export async function visitBag(path: string, bag: Data): Promise<string> {
  if (path === '/read') check(bag['theme'])
  else if (path === '/write' || path === '/new') bag['visits'] = Math.random()
  else if (path === '/untouched') return ANSWER
  else if (path.startsWith('/seed')) Object.assign(bag, dataOf(path))
  else if (path.startsWith('/key/')) bag[path.slice(5)] = 1
  else if (path === '/increment') bag['count'] = Number(bag['count'] ?? 0) + 1
  else if (path === '/told') return tell(bag)
  return ANSWER
}

/** With methods. */
export async function visitMethods(path: string, methods: Methods): Promise<string> {
  if (path === '/read') check(methods.get('theme'))
  else if (path === '/write' || path === '/new') methods.set('visits', Math.random())
  else if (path === '/untouched') return ANSWER
  else if (path.startsWith('/seed')) for (const [key, value] of Object.entries(dataOf(path))) methods.set(key, value)
  else if (path.startsWith('/key/')) methods.set(path.slice(5), 1)
  else if (path === '/increment') methods.set('count', Number(methods.get('count') ?? 0) + 1)
  else if (path === '/told') {
    const keys = ['visits', 'count', ...Array.from({ length: 50 }, (_, i) => `k${i}`)]
    return tell(Object.fromEntries(keys.map((key) => [key, methods.get(key)]).filter(([, value]) => value != null)))
  }
  return ANSWER
}

/** A read that finds nothing is cheap, and no read. */
export function check(theme: unknown): void {
  if (theme !== 'dark') throw new Error('The session is not there.')
}

/** What a session says of itself at `/told`. */
export interface Told {
  readonly visits: number | undefined
  readonly keys: number
  readonly count: number
}

function tell(values: Readonly<Data>): string {
  const keys = Object.keys(values).filter((key) => /^k\d/.test(key)).length
  return JSON.stringify({ visits: values['visits'], keys, count: values['count'] ?? 0 })
}
