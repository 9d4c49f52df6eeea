import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { createAuth, csrf } from '../../src/auth/index.ts'
import type { Proof } from '../../src/auth/index.ts'
import { guard as guardExpress } from '../../src/frameworks/express.ts'
import { guard as guardFetch, session as sessionFetch } from '../../src/frameworks/fetch.ts'
import { guard as guardNode } from '../../src/frameworks/node/index.ts'
import { createSessions } from '../../src/index.ts'
import type { Guard, Session } from '../../src/index.ts'

interface Customer {
  readonly id: bigint
  readonly passwordHash: string | null
  readonly roles: readonly ('admin' | 'clerk')[]
}

declare const secrets: string[]
declare const find: (by: string) => Promise<Customer | undefined>

// Never called: only its types are looked at.
const setUp = () => {
  const sessions = createSessions({ secrets, schema: z.object({ cart: z.array(z.string()).optional() }) })
  const auth = createAuth({
    sessions,
    users: {
      findByName: find,
      findById: async (id) => find(id),
      savePassword: (user, encoded) => {
        expectTypeOf(user).toEqualTypeOf<Customer>()
        expectTypeOf(encoded).toEqualTypeOf<string>()
      },
      describe: (user) => ({ id: String(user.id), password: user.passwordHash }),
    },
  })
  return { sessions, auth }
}
type SetUp = ReturnType<typeof setUp>
type Handle = ReturnType<SetUp['sessions']['open']>

describe("the application's own user type comes back", () => {
  test('without casts, from what the functions of `users` say', () => {
    expectTypeOf<SetUp['auth']['authenticate']>().returns.resolves.toEqualTypeOf<Proof<Customer> | undefined>()
    expectTypeOf<SetUp['auth']['user']>().returns.resolves.toEqualTypeOf<Customer | undefined>()
    expectTypeOf<SetUp['auth']['login']>().parameter(1).toEqualTypeOf<Proof<Customer>>()
    expectTypeOf<SetUp['auth']['loginWithoutPassword']>().parameter(1).toEqualTypeOf<Customer>()
    expectTypeOf<SetUp['auth']['challenged']>().returns.resolves.toEqualTypeOf<Customer | undefined>()
    expectTypeOf<Parameters<SetUp['auth']['require']>[0]>().parameter(0).toEqualTypeOf<Customer>()
  })

  test('users may answer at once, null, or undefined', () => {
    const at = { id: 'a', password: null as string | null }
    const sessions = createSessions({ secrets })
    const users = { savePassword: () => undefined, describe: (user: typeof at) => user }
    expectTypeOf(
      createAuth({ sessions, users: { ...users, findByName: () => at, findById: () => null } }).user,
    ).returns.resolves.toEqualTypeOf<typeof at | undefined>()
  })

  test('what `describe` gives is checked', () => {
    const sessions = createSessions({ secrets })
    const users = { findByName: find, findById: find, savePassword: () => undefined }
    // @ts-expect-error: the id of a principal is text
    createAuth({ sessions, users: { ...users, describe: (user: Customer) => ({ id: user.id, password: user.passwordHash }) } })
    // @ts-expect-error: nor is it left out
    createAuth({ sessions, users: { ...users, describe: (user: Customer) => ({ password: user.passwordHash }) } })
  })
})

describe('sessions keep the type of their data', () => {
  test('in methods and guards', () => {
    expectTypeOf<SetUp['auth']['login']>().parameter(0).toEqualTypeOf<Handle>()
    expectTypeOf<ReturnType<SetUp['auth']['requireLogin']>>().toEqualTypeOf<Guard<Handle extends Session<infer Data> ? Data : never>>()
  })

  test('in the adapters, where guards of other sessions are refused', () => {
    const { sessions, auth } = setUp()
    guardExpress(sessions, csrf(sessions), auth.requireLogin())
    guardNode(
      sessions,
      auth.requireFresh('10m'),
    )((_request, _response, session) => {
      expectTypeOf(session).toEqualTypeOf<Handle>()
    })
    sessionFetch(
      sessions,
      guardFetch(
        sessions,
        csrf(sessions),
      )((_request, session, env: { name: string }) => {
        expectTypeOf(session).toEqualTypeOf<Handle>()
        return new Response(env.name)
      }),
    )
    // @ts-expect-error: not a duration
    auth.requireFresh('10 minutes')
  })
})
