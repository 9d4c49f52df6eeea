import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { createSessions } from '../../src/index.ts'
import type { DataOf, LoginAttempt, Session, SessionData, SessionInfo, Sessions } from '../../src/index.ts'

interface Item {
  name: string
  price: number
}

const zod = z.object({
  cart: z.array(z.object({ name: z.string(), price: z.number() })).default([]),
  theme: z.enum(['light', 'dark']).optional(),
  visits: z.number().default(0),
  logins: z.number().optional(),
  name: z.string(),
})
const valibot = v.object({
  cart: v.optional(v.array(v.object({ name: v.string(), price: v.number() })), []),
  theme: v.optional(v.picklist(['light', 'dark'])),
  visits: v.optional(v.number(), 0),
  logins: v.optional(v.number()),
  name: v.string(),
})

// Never called: only its types are looked at.
declare const secrets: string[]
const withZod = () => createSessions({ secrets, schema: zod })
const withValibot = () => createSessions({ secrets, schema: valibot })
const withType = () => createSessions<{ cart: Item[]; theme: 'light' | 'dark'; visits: number }>({ secrets })
const withNothing = () => createSessions({ secrets })

type HandleOf<S extends () => { open: (...args: never) => unknown }> = ReturnType<ReturnType<S>['open']>
type WithZod = HandleOf<typeof withZod>
type WithValibot = HandleOf<typeof withValibot>

describe.each(['zod', 'valibot'])('with a schema of %s', () => {
  test('a value has the type of its key, and is never missing where the schema has a default', () => {
    expectTypeOf<WithZod['get']>().toBeFunction()
    for (const session of [{} as WithZod, {} as WithValibot]) {
      expectTypeOf(session.get('cart')).toEqualTypeOf<Promise<Item[]>>()
      expectTypeOf(session.get('visits')).toEqualTypeOf<Promise<number>>()
      expectTypeOf(session.get('theme')).toEqualTypeOf<Promise<'light' | 'dark' | undefined>>()
      expectTypeOf(session.get('name')).toEqualTypeOf<Promise<string | undefined>>()
    }
  })

  test('only values of that type are taken', () => {
    for (const session of [{} as WithZod, {} as WithValibot]) {
      session.set('cart', [{ name: 'tea', price: 3 }])
      session.set('theme', 'dark')
      // @ts-expect-error -- another word
      session.set('theme', 'blue')
      // @ts-expect-error -- another type
      session.set('visits', '1')
      // @ts-expect-error -- something is missing inside
      session.set('cart', [{ name: 'tea' }])
    }
  })

  test('a wrong key does not compile', () => {
    for (const session of [{} as WithZod, {} as WithValibot]) {
      // @ts-expect-error -- no such key
      void session.get('carts')
      // @ts-expect-error -- no such key
      void session.has('carts')
      // @ts-expect-error -- no such key
      session.set('admin', true)
      // @ts-expect-error -- no such key
      session.delete('carts')
      // @ts-expect-error -- no such key
      session.update('carts', (carts) => carts)
    }
  })

  test('update is given the type, and gives it back', () => {
    for (const session of [{} as WithZod, {} as WithValibot]) {
      session.update('cart', (cart) => {
        expectTypeOf(cart).toEqualTypeOf<Item[]>()
        return [...cart, { name: 'tea', price: 3 }]
      })
      session.update('theme', (theme) => {
        expectTypeOf(theme).toEqualTypeOf<'light' | 'dark' | undefined>()
        return theme === 'light' ? 'dark' : 'light'
      })
      // @ts-expect-error -- another type comes back
      session.update('visits', (visits) => String(visits))
      // @ts-expect-error -- a promise comes back
      session.update('visits', async (visits) => visits)
    }
  })

  test('only numbers can be incremented', () => {
    for (const session of [{} as WithZod, {} as WithValibot]) {
      session.increment('visits')
      session.increment('logins', 2)
      // @ts-expect-error -- a list
      session.increment('cart')
      // @ts-expect-error -- one of two words
      session.increment('theme')
      // @ts-expect-error -- no such key
      session.increment('count')
    }
  })

  test('data is read-only', () => {
    for (const session of [{} as WithZod, {} as WithValibot]) {
      expectTypeOf(session.data.cart).toEqualTypeOf<Item[] | undefined>()
      // @ts-expect-error -- a snapshot
      session.data.visits = 1
    }
  })
})

describe('without a schema', () => {
  test('a type parameter says what there is, and any of it may be missing', () => {
    type WithType = HandleOf<typeof withType>
    const session = {} as WithType
    expectTypeOf(session.get('cart')).toEqualTypeOf<Promise<Item[] | undefined>>()
    session.update('cart', (cart = []) => [...cart, { name: 'tea', price: 3 }])
    session.set('visits', 1)
    session.increment('visits')
    // @ts-expect-error -- no such key
    void session.get('carts')
    // @ts-expect-error -- another type
    session.set('visits', 'many')
    // @ts-expect-error -- a list
    session.increment('cart')
  })

  test('or nothing is known', () => {
    type WithNothing = HandleOf<typeof withNothing>
    const session = {} as WithNothing
    expectTypeOf(session.get('anything')).toEqualTypeOf<Promise<unknown>>()
    session.set('anything', { at: new Date() })
    session.increment('anything')
    // @ts-expect-error -- a key is a text
    session.set(1, 1)
  })

  test('a type parameter and a schema do not mix', () => {
    // @ts-expect-error -- which of them?
    void (() => createSessions<{ cart: Item[] }>({ secrets, schema: zod }))
  })
})

describe('the type of sessions', () => {
  type Cart = { cart: Item[] }

  test('sessions whose values may be missing are no sessions that have them', () => {
    const loose = {} as Sessions<Partial<Cart>>
    // @ts-expect-error -- `get('cart')` may be undefined
    void ((): Sessions<Cart> => loose)
    // @ts-expect-error -- of a handle, too
    void ((): Session<Cart> => loose.open({ headers: {} }))
    // @ts-expect-error -- what a type parameter makes is such sessions
    void ((): Sessions<Cart> => createSessions<Cart>({ development: true }))
    const strict = {} as Sessions<Cart>
    void ((): Sessions<Partial<Cart>> => strict)
  })

  test('any sessions pass where nothing is asked of their data', () => {
    interface Named {
      cart: Item[]
    }
    void ((): Sessions[] => [{} as Sessions<Cart>, {} as Sessions<Partial<Named>>, {} as ReturnType<typeof withZod>])
    void ((): Session[] => [{} as Session<Cart>, {} as Session<Named>])
  })

  test('is named by SessionData', () => {
    expectTypeOf<SessionData<ReturnType<typeof withZod>>>().toEqualTypeOf<DataOf<typeof zod>>()
    expectTypeOf<SessionData<ReturnType<typeof withType>>>().toEqualTypeOf<
      Partial<{ cart: Item[]; theme: 'light' | 'dark'; visits: number }>
    >()
    expectTypeOf<SessionData<ReturnType<typeof withNothing>>>().toEqualTypeOf<Partial<Record<string, unknown>>>()
    const sessions = withZod
    void ((given: ReturnType<typeof sessions>): Sessions<SessionData<ReturnType<typeof sessions>>> => given)
  })
})

describe('what surrounds the data', () => {
  test('the handle', () => {
    expectTypeOf<WithZod['principal']>().toEqualTypeOf<string | null>()
    expectTypeOf<WithZod['id']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<WithZod['isNew']>().toEqualTypeOf<boolean>()
    expectTypeOf<ReturnType<WithZod['takeFlash']>>().toEqualTypeOf<Promise<string[]>>()
    expectTypeOf<ReturnType<WithZod['load']>>().resolves.toExtend<WithZod>()
    const session = {} as WithZod
    void session.login('alice', { remember: true, keep: ['cart'], attempt: {} as LoginAttempt })
    // @ts-expect-error -- an id of a database is to be made a text first
    void session.login(42)
  })

  test('the manager', () => {
    type Manager = ReturnType<typeof withZod>
    expectTypeOf<Manager['open']>().parameter(0).toExtend<{ headers: object }>()
    expectTypeOf<ReturnType<ReturnType<Manager['of']>['list']>>().toEqualTypeOf<Promise<SessionInfo[]>>()
    expectTypeOf<Parameters<Manager['handle']>[1]>().parameter(0).toEqualTypeOf<WithZod>()
    const sessions = {} as Manager
    void sessions.of('alice').revokeAll({ except: {} as WithZod })
    void sessions.of('alice').list({ current: {} as Session })
    sessions.on('login', (event) => expectTypeOf(event.principal).toEqualTypeOf<string>())
    // @ts-expect-error -- no such event
    sessions.on('signin', () => undefined)
    // @ts-expect-error -- an option that does not exist
    void (() => createSessions({ secrets, maxAge: 1 }))
    // @ts-expect-error -- no unit of time
    void (() => createSessions({ secrets, idleTimeout: '30 minutes' }))
  })
})
