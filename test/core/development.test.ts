/** With `development: true` the mistakes throw, or warn, that would otherwise lose something in silence. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { inspect, isDeepStrictEqual } from 'node:util'
import { shareFlask } from '../../src/interop/flask/index.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import { SECRET } from '../_support/application.ts'

/** Values as a careless caller sees them. */
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any

const make = (development: boolean): Sessions => createSessions({ secrets: [SECRET], store: memoryStore(), development })
const assign = (session: object, key: string, value: unknown): unknown => ((session as Record<string, unknown>)[key] = value)

describe('an assignment to the handle', () => {
  const shared = (): object => shareFlask({ secrets: 'a secret of Flask', development: true }).open({ headers: {} })

  test.each<[what: string, open: () => object]>([
    ['of a session', () => make(true).open({ headers: {} })],
    ['of a session that another system shares', shared],
  ])('%s throws, and names `set` and the compatibility layer', (_what, open) => {
    const session = open()
    expect(() => assign(session, 'userId', 'u')).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_MUTATION',
        message: expect.stringMatching(
          /^session\.userId = … would not be saved\. Write session\.set\("userId", …\).*'sojourn\/express-session'/,
        ),
      }),
    )
    expect(Object.keys(session)).toEqual([])
  })

  test('of a name that the handle has throws, too', () => {
    expect(() => assign(make(true).open({ headers: {} }), 'data', {})).toThrow(expect.objectContaining({ code: 'ERR_SESSION_MUTATION' }))
  })

  test('throws in code without strict mode', () => {
    // oxlint-disable-next-line typescript/no-implied-eval -- modules are always strict
    const sloppy = new Function('session', 'session.userId = 1') as (session: object) => void
    expect(() => sloppy(make(true).open({ headers: {} }))).toThrow(expect.objectContaining({ code: 'ERR_SESSION_MUTATION' }))
  })

  test('otherwise the handle is what it is', async () => {
    const [strict, other] = [make(true).open({ headers: {} }), make(false).open({ headers: {} })]
    expect(strict.constructor).toBe(other.constructor)
    expect(strict).toBeInstanceOf(other.constructor)
    expect('get' in strict).toBe(true)
    strict.set('a', 1)
    expect(await strict.get('a')).toBe(1)
    expect((await strict.load()).principal).toBe(null)
  })

  test('without development nothing is in its way', () => {
    const session = make(false).open({ headers: {} })
    expect(() => assign(session, 'userId', 'u')).not.toThrow()
    expect(Object.getPrototypeOf(session)).toBe(session.constructor.prototype)
  })
})

describe('a value that was read', () => {
  const stored = (): Record<string, unknown> => ({
    items: ['tea', 'milk'],
    user: { name: 'Ann', address: { town: 'Rome' } },
    tags: new Map<string, unknown>([['a', { deep: [1] }]]),
    seen: new Set([{ at: [1] }]),
    since: new Date(0),
  })

  async function read(development = true): Promise<{ session: Session; value: ReturnType<typeof stored> }> {
    const session = make(development).open({ headers: {} })
    session.set('it', stored())
    return { session, value: (await session.get('it')) as ReturnType<typeof stored> }
  }

  test.each<[what: string, change: (value: Loose) => unknown]>([
    ['push', (value) => value.items.push('x')],
    ['splice', (value) => value.items.splice(0, 1)],
    ['an item', (value) => (value.items[0] = 'x')],
    ['a property', (value) => (value.user.name = 'x')],
    ['a property below', (value) => (value.user.address.town = 'x')],
    ['the top', (value) => (value.user = 'x')],
    ['a Map', (value) => value.tags.set('b', 1)],
    ['what a Map holds', (value) => value.tags.get('a').deep.push(2)],
    ['a Set', (value) => value.seen.add(1)],
    ['what a Set holds', (value) => [...value.seen][0].at.pop()],
    ['a Date', (value) => value.since.setFullYear(2000)],
  ])('is not changed in place: %s', async (_what, change) => {
    const { value } = await read()
    expect(() => change(value)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_MUTATION',
        message: expect.stringMatching(/^The value of "it" is a copy: a change in place is not saved\. Write session\.update\("it", /),
      }),
    )
    expect(isDeepStrictEqual(value, stored())).toBe(true)
  })

  test.each<[what: string, change: (value: Loose) => unknown]>([
    ['a new property', (value) => (value.user.age = 7)],
    ['a deleted one', (value) => delete value.user.name],
    ['a length', (value) => (value.items.length = 0)],
  ])('JavaScript itself refuses %s', async (_what, change) => {
    const { value } = await read()
    expect(() => change(value)).toThrow(TypeError)
  })

  test('is what it is for everybody else', async () => {
    const { session, value } = await read()
    expect(value).toEqual(stored())
    expect(value).toStrictEqual(stored())
    expect(JSON.stringify(value)).toBe(JSON.stringify(stored()))
    expect(inspect(value, { depth: 9 })).toBe(inspect(stored(), { depth: 9 }))
    const copy = structuredClone(value) as Loose
    expect(copy).toEqual(stored())
    copy.items.push('x')
    copy.user.name = 'x'
    expect({ ...(value['user'] as object) }).toEqual(stored()['user'])
    session.set('copy', value)
    expect(await session.get('copy')).toEqual(stored())
  })

  test('of `data`', async () => {
    const { session } = await read()
    const data = (await session.load()).data as Loose
    expect(() => data.it.items.push('x')).toThrow(expect.objectContaining({ code: 'ERR_SESSION_MUTATION' }))
    expect(() => (data.it = 1)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_MUTATION' }))
  })

  test('without development it is an ordinary copy', async () => {
    const { session, value } = await read(false)
    ;(value['items'] as string[]).push('x')
    expect(await session.get('it')).toEqual(stored())
  })
})

describe('changes that nobody saves', () => {
  const warnings: string[] = []
  const listener = ({ message }: Error): void => void (message.startsWith('A session was changed') && warnings.push(message))

  beforeEach(() => {
    warnings.length = 0
    vi.resetModules()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    process.on('warning', listener)
  })
  afterEach(() => {
    vi.useRealTimers()
    process.off('warning', listener)
  })

  /** Anew, because each warning comes once. */
  async function warned(use: (session: Session, sessions: Sessions) => unknown, development = true): Promise<readonly string[]> {
    const { createSessions, memoryStore } = await import('../../src/index.ts')
    const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), development })
    await use(sessions.open({ headers: {} }), sessions)
    await vi.advanceTimersByTimeAsync(10_000)
    await new Promise((resolve) => setImmediate(resolve))
    return [...warnings]
  }

  const told = [
    expect.stringMatching(
      /^A session was changed, but it was never saved.*app\.use\(session\(sessions\)\).*sessions\.open\(req\).*await session\.commit\(\)/,
    ),
  ]

  test.each<[what: string, use: (session: Session) => unknown]>([
    ['a value', (session) => session.set('a', 1)],
    ['a login', (session) => session.login('alice')],
    [
      'changes after a commit',
      async (session) => {
        session.set('a', 1)
        await session.commit()
        session.set('b', 1)
      },
    ],
  ])('%s is told once', async (_what, use) => {
    expect(
      await warned(async (session, sessions) => {
        await use(session)
        await use(sessions.open({ headers: {} }))
      }),
    ).toEqual(told)
  })

  test.each<[what: string, use: (session: Session, sessions: Sessions) => unknown]>([
    ['nothing', () => undefined],
    ['a read', (session) => session.get('a')],
    [
      'a commit',
      async (session) => {
        session.set('a', 1)
        await session.commit()
      },
    ],
    [
      'an adapter that comes later',
      (_session, sessions) => {
        const request = { headers: {} }
        sessions.open(request).set('a', 1)
        sessions.open(request, { accessed: () => undefined, changed: () => undefined })
      },
    ],
    ['a logout of nobody', (session) => session.logout()],
  ])('%s is no reason', async (_what, use) => {
    expect(await warned(use)).toEqual([])
  })

  test('without development nobody watches', async () => {
    expect(await warned((session) => session.set('a', 1), false)).toEqual([])
  })
})
