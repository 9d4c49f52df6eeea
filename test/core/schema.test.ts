import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createSessions } from '../../src/index.ts'
import type { Migrate, SessionsOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { SECRET, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const zod = z.object({
  theme: z.enum(['light', 'dark']).optional(),
  visits: z.number().default(0),
  cart: z.array(z.object({ name: z.string(), price: z.number() })).default([]),
  name: z.string().trim(),
})
const valibot = v.object({
  theme: v.optional(v.picklist(['light', 'dark'])),
  visits: v.optional(v.number(), 0),
  cart: v.optional(v.array(v.object({ name: v.string(), price: v.number() })), []),
  name: v.pipe(v.string(), v.trim()),
})
const store = memoryStore()
const create = <Schema extends StandardSchemaV1<object, object>>(schema: Schema, options: SessionsOptions = {}) =>
  createSessions({ secrets: [SECRET], store, ...options, schema })

describe.each([
  ['zod', create(zod)],
  ['valibot', create(valibot)],
])('with a schema of %s', (_library, sessions) => {
  test('what fits is stored', async () => {
    const browser = client(sessions)
    await browser.run((session) => {
      session.set('theme', 'dark')
      session.update('cart', (cart) => [...cart, { name: 'tea', price: 3 }])
      session.increment('visits')
    })
    const { result } = await browser.run((session) => session.load())
    expect(result.data).toEqual({ theme: 'dark', visits: 1, cart: [{ name: 'tea', price: 3 }] })
  })

  test.each<[what: string, key: 'theme' | 'visits' | 'cart' | 'name', value: unknown]>([
    ['another word', 'theme', 'blue'],
    ['another type', 'visits', '1'],
    ['something inside', 'cart', [{ name: 'tea', price: 'three' }]],
    ['nothing', 'name', undefined],
  ])('%s is refused when it is set, naming the key', (_what, key, value) => {
    const session = sessions.open({ headers: {} })
    expect(() => session.set(key, value as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_SCHEMA',
        message: expect.stringContaining(`"${key}" does not fit`),
        issues: [expect.anything()],
      }),
    )
  })

  test('an update that makes something else fails at the commit, and nothing is saved', async () => {
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 1))
    const visit = browser.run((session) => {
      session.set('theme', 'dark')
      session.update('visits', () => 'many' as never)
    })
    await expect(visit).rejects.toThrow(code('ERR_SESSION_SCHEMA'))
    expect((await browser.run((session) => session.load())).result.data).toEqual({ visits: 1, cart: [] })
  })

  test('a missing value is its default, which nobody shares and nothing stores', async () => {
    const browser = client(sessions)
    const { result, setCookies } = await browser.run(async (session) => {
      const cart = await session.get('cart')
      cart.push({ name: 'tea', price: 3 })
      return [await session.get('cart'), await session.get('visits'), await session.get('theme'), await session.has('cart')]
    })
    expect(result).toEqual([[], 0, undefined, false])
    expect(setCookies).toEqual([])
  })

  test('a value that the schema transforms is stored as it became', async () => {
    const browser = client(sessions)
    await browser.run((session) => {
      session.set('name', ' Anna ')
      session.set('cart', [{ name: 'tea', price: 3, secret: 'stripped' } as never])
    })
    expect((await browser.run((session) => session.load())).result.data).toEqual({
      visits: 0,
      name: 'Anna',
      cart: [{ name: 'tea', price: 3 }],
    })
  })
})

describe.each([
  ['zod', create(z.object({ theme: z.string().optional() }))],
  ['valibot', create(v.object({ theme: v.optional(v.string()) }))],
])('a key that a schema of %s does not know', (_library, sessions) => {
  test.each(['admin', '__proto__', 'constructor'])('%s is refused', (key) => {
    expect(() => sessions.open({ headers: {} }).set(key as 'theme', 'x')).toThrow(code('ERR_SESSION_SCHEMA'))
  })
})

describe('with a schema of any library', () => {
  /** An object schema that shows nothing but what Standard Schema asks for. */
  function bare(required: readonly string[]): StandardSchemaV1<{ visits?: number; name?: string }, { visits: number; name?: string }> {
    return {
      '~standard': {
        version: 1,
        vendor: 'bare',
        validate: (value) => {
          const { visits = 0, name } = value as { visits?: number; name?: string }
          const issues = [
            ...(typeof visits === 'number' ? [] : [{ message: 'not a number', path: [{ key: 'visits' }] }]),
            ...(name === undefined && required.includes('name') ? [{ message: 'missing', path: ['name'] }] : []),
          ]
          return issues.length > 0 ? { issues } : { value: { visits, ...(name !== undefined && { name: name.trim() }) } }
        },
      },
    }
  }

  test('keys are checked one by one', async () => {
    for (const required of [[], ['name']]) {
      const browser = client(create(bare(required)))
      await browser.run((session) => {
        session.set('visits', 1)
        session.set('name', ' Anna ')
        expect(() => session.set('visits', 'x' as never)).toThrow(code('ERR_SESSION_SCHEMA'))
      })
      expect((await browser.run((session) => session.load())).result.data).toEqual({ visits: 1, name: 'Anna' })
    }
  })

  test('there are defaults if it accepts an empty session', async () => {
    expect((await client(create(bare([]))).run((session) => session.get('visits'))).result).toBe(0)
  })
})

describe('when the schema has changed since', () => {
  const before = z.object({ theme: z.string(), visits: z.number(), cart: z.array(z.string()) })
  const after = z.object({
    theme: z.enum(['light', 'dark']).default('light'),
    visits: z.number(),
    cart: z.array(z.object({ name: z.string() })).optional(),
  })

  async function stored(): Promise<ReturnType<typeof client<z.infer<typeof before>>>> {
    const browser = client(create(before) as never) as unknown as ReturnType<typeof client<z.infer<typeof before>>>
    await browser.run((session) => {
      session.set('theme', 'dark blue')
      session.set('visits', 7)
      session.set('cart', ['tea'])
    })
    return browser
  }

  test('what no longer fits is dropped key by key, with an event, and the rest stays', async () => {
    const { jar } = await stored()
    const sessions = create(after)
    const unreadable: unknown[] = []
    sessions.on('unreadable', (event) => void unreadable.push(event))
    const { result } = await client(sessions, jar).run(async (session) => [
      await session.get('theme'),
      await session.get('visits'),
      await session.get('cart'),
      session.id,
    ])

    expect(result.slice(0, 3)).toEqual(['light', 7, undefined])
    expect(unreadable).toEqual([
      { id: result[3], key: 'theme' },
      { id: result[3], key: 'cart' },
    ])
  })

  test('an update begins with the default then', async () => {
    const { jar } = await stored()
    const browser = client(create(after), jar)
    await browser.run((session) => session.update('cart', (cart = []) => [...cart, { name: 'milk' }]))
    expect((await browser.run((session) => session.get('cart'))).result).toEqual([{ name: 'milk' }])
  })

  test('migrate can mend it', async () => {
    const { jar } = await stored()
    const migrate: Migrate = (key, value) => (key === 'cart' ? (value as string[]).map((name) => ({ name })) : undefined)
    const sessions = create(after, { migrate })
    const unreadable: unknown[] = []
    sessions.on('unreadable', ({ key }) => void unreadable.push(key))
    const browser = client(sessions, jar)
    expect((await browser.run((session) => session.load())).result.data).toEqual({ theme: 'light', visits: 7, cart: [{ name: 'tea' }] })
    expect(unreadable).toEqual(['theme'])

    await browser.run((session) => session.update('cart', (cart = []) => [...cart, { name: 'milk' }]))
    expect((await client(create(after), jar).run((session) => session.get('cart'))).result, 'it is stored mended').toEqual([
      { name: 'tea' },
      { name: 'milk' },
    ])
  })

  test.each<[what: string, migrate: Migrate]>([
    ['makes something that does not fit either', () => 'blue'],
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
    ],
  ])('a migrate that %s is as good as none', async (_what, migrate) => {
    const { jar } = await stored()
    const { result } = await client(create(after, { migrate }), jar).run((session) => session.get('theme'))
    expect(result).toBe('light')
  })
})

describe('schemas that need care', () => {
  test('strict ones accept their own keys alone', async () => {
    const sessions = create(z.strictObject({ theme: z.string(), visits: z.number() }))
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    expect((await browser.run((session) => session.get('theme'))).result).toBe('dark')
    expect(() => sessions.open({ headers: {} }).set('admin' as 'theme', 'yes')).toThrow(code('ERR_SESSION_SCHEMA'))
  })

  test('rules across keys are not seen', async () => {
    const sessions = create(z.object({ from: z.number(), to: z.number() }).refine(({ from, to }) => from < to))
    const browser = client(sessions)
    await browser.run((session) => session.set('from', 9))
    expect((await browser.run((session) => session.get('from'))).result).toBe(9)
  })

  test('asynchronous ones are refused: at start, or where the first such value is set', () => {
    expect(() => create(v.objectAsync({ name: v.string() }))).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining('validates asynchronously') }),
    )
    const sessions = create(z.object({ name: z.string().refine(async () => true) }))
    expect(() => sessions.open({ headers: {} }).set('name', 'Anna')).toThrow(code('ERR_SESSION_OPTIONS'))
  })

  test('rich values pass', async () => {
    const sessions = create(z.object({ at: z.date(), tags: z.set(z.string()), sum: z.bigint(), prices: z.map(z.string(), z.number()) }))
    const browser = client(sessions)
    const values = { at: new Date(0), tags: new Set(['a']), sum: 5n, prices: new Map([['tea', 3]]) }
    await browser.run((session) => {
      session.set('at', values.at)
      session.set('tags', values.tags)
      session.set('sum', values.sum)
      session.set('prices', values.prices)
    })
    expect((await browser.run((session) => session.load())).result.data).toStrictEqual(values)
  })
})
