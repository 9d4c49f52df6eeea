import { describe, expect, test } from 'vitest'
import { createSessions, isSojournError, memoryStore } from '../../src/index.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import type { Duration } from '../../src/index.ts'
import { code, SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity, Person } from '../_support/users.ts'

type Answer = 'in' | 'out' | `429 by ${'account' | 'address'} for ${number}`

/** Returns a function that tries a name and a password, and tells the outcome. */
function attemptsOn(app: Identity, auth = app.auth): (name: string, password: string, address?: string) => Promise<Answer> {
  const throttled = new Map<string, Answer>()
  app.sessions.on('signInThrottled', ({ by, retryAfter }) => throttled.set('last', `429 by ${by} for ${retryAfter}`))
  return async (name, password, address) => {
    try {
      return (await auth.authenticate(name, password, { address })) ? 'in' : 'out'
    } catch (error) {
      if (isSojournError(error) && error.code === 'ERR_SESSION_THROTTLED') return throttled.get('last')!
      throw error
    }
  }
}

async function repeat(times: number, run: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await run(i)
}

describe('failed sign-ins of an account', () => {
  test('ten in a quarter of an hour; then the right password is not looked at either', async () => {
    const app = identity()
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    await repeat(10, async () => expect(await attempt('alice', 'wrong')).toBe('out'))
    expect(await attempt('alice', 'right')).toBe('429 by account for 900')
    app.clock.advance('14m')
    expect(await attempt('alice', 'right')).toBe('429 by account for 60')
    app.clock.advance('1m')
    expect(await attempt('alice', 'right')).toBe('in')
  })

  test('the window slides: each failure is forgotten for itself', async () => {
    const app = identity({ throttle: { account: { failures: 3, per: '15m' } } })
    const attempt = attemptsOn(app)
    for (const pause of ['1m', '10m', '3m'] satisfies Duration[]) {
      expect(await attempt('alice', 'wrong')).toBe('out')
      app.clock.advance(pause)
    }
    expect(await attempt('alice', 'wrong')).toBe('429 by account for 60')
    app.clock.advance('1m')
    expect(await attempt('alice', 'wrong')).toBe('out')
    expect(await attempt('alice', 'wrong')).toBe('429 by account for 60')
    app.clock.advance('1m')
    expect(await attempt('alice', 'wrong')).toBe('out')
    expect(await attempt('alice', 'wrong')).toBe('429 by account for 600')
  })

  test('never more than the limit in any window, whenever they come', async () => {
    const app = identity({ throttle: { account: { failures: 4, per: '10s' }, address: { failures: 1_000, per: '1s' } } })
    const attempt = attemptsOn(app)
    const looked: number[] = []
    await repeat(150, async (i) => {
      app.clock.advance(((i * 7_919) % 3_001) + 1)
      if ((await attempt('alice', 'wrong')) === 'out') looked.push(app.clock.now())
    })
    expect(looked.length).toBeGreaterThan(40)
    for (const [i, at] of looked.entries()) expect((looked[i + 4] ?? Infinity) - at).toBeGreaterThanOrEqual(10_000)
  })

  test('a success forgets them, for the account and not for the address', async () => {
    const app = identity({ throttle: { account: { failures: 3, per: '1m' }, address: { failures: 5, per: '1m' } } })
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    await repeat(2, () => attempt('alice', 'wrong', '192.0.2.1'))
    expect(await attempt('alice', 'right', '192.0.2.1')).toBe('in')
    await repeat(2, async () => expect(await attempt('alice', 'wrong', '192.0.2.1')).toBe('out'))
    expect(await attempt('alice', 'right', '192.0.2.1')).toBe('in')
    expect(await attempt('alice', 'wrong', '192.0.2.1')).toBe('out')
    expect(await attempt('alice', 'right', '192.0.2.1')).toBe('429 by address for 60')
    expect(await attempt('alice', 'right', '192.0.2.2')).toBe('in')
  })

  test('unknown names are counted as known ones are, however their letters are written', async () => {
    const app = identity({ throttle: { account: { failures: 2, per: '1m' } } })
    const attempt = attemptsOn(app)
    expect([await attempt('Nobody', 'x'), await attempt('nobody', 'x'), await attempt('NOBODY', 'x')]).toEqual([
      'out',
      'out',
      '429 by account for 60',
    ])
  })

  test.each<[what: string, canonicalName: ((name: string) => string) | undefined, spellings: string[]]>([
    ['by default without case and blanks', undefined, ['Alice', ' alice', 'ALICE ', 'ａｌｉｃｅ']],
    [
      'as the application says',
      (name) => name.replace(/\+.*@/, '@'),
      ['alice+1@x.test', 'alice+2@x.test', 'alice@x.test', 'alice+@x.test'],
    ],
    ['exactly, where it says so', (name) => name, ['alice', 'alice', 'alice', 'alice']],
  ])('a 429 does not tell who exists: names are looked up and counted alike, %s', async (_what, canonicalName, spellings) => {
    const outcomes = await Promise.all(
      ['known', 'unknown'].map(async (kind) => {
        const asked: string[] = []
        const people = new Map<string, Person>()
        const app = identity({ throttle: { account: { failures: 3, per: '1m' } } })
        const auth = app.authOf({
          throttle: { account: { failures: 3, per: '1m' } },
          users: {
            findByName: (name) => (asked.push(name), people.get(name)),
            findById: () => undefined,
            savePassword: () => undefined,
            describe: (user) => ({ id: String(user.key), password: user.hash }),
            ...(canonicalName && { canonicalName }),
          },
        })
        const name = (canonicalName ?? ((text: string) => text.trim().toLowerCase()))(spellings[0]!)
        if (kind === 'known') people.set(name, { key: 1, email: name, hash: await auth.hashPassword('right'), locked: false })
        const attempt = attemptsOn(app, auth)
        const answers: Answer[] = []
        for (const spelling of spellings) answers.push(await attempt(spelling, 'wrong'))
        expect(new Set(asked)).toEqual(new Set([name]))
        return answers
      }),
    )
    expect(outcomes[0]).toEqual(['out', 'out', 'out', '429 by account for 60'])
    expect(outcomes[1]).toEqual(outcomes[0])
  })

  test('a name in another case is another one where the application says so', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1m' } } })
    const users = {
      findByName: () => undefined,
      findById: () => undefined,
      savePassword: () => undefined,
      describe: () => ({ id: '', password: '' }),
    }
    const attempt = attemptsOn(
      app,
      app.authOf({ throttle: { account: { failures: 1, per: '1m' } }, users: { ...users, canonicalName: (name) => name } }),
    )
    expect([await attempt('ALICE', 'x'), await attempt('alice', 'x'), await attempt('alice', 'x')]).toEqual([
      'out',
      'out',
      '429 by account for 60',
    ])
  })

  test('whoever fails on purpose does not lock out a user who comes from where they signed in before', async () => {
    const app = identity({ throttle: { account: { failures: 3, per: '1h' } } })
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    expect(await attempt('alice', 'right', '2001:db8::1')).toBe('in')
    await repeat(3, (i) => attempt('alice', 'wrong', `198.51.100.${i}`))
    expect(await attempt('alice', 'right', '198.51.100.9')).toBe('429 by account for 3600')
    expect(await attempt('alice', 'right', '2001:db8::2')).toBe('in')
    // The exemption is a count of its own, not a free pass.
    await repeat(3, async () => expect(await attempt('alice', 'wrong', '2001:db8::3')).toBe('out'))
    expect(await attempt('alice', 'right', '2001:db8::1')).toBe('429 by account for 3600')
  })

  test('an address is known for thirty days, and longer if it is used', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1m' } } })
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    const isKnown = async (): Promise<boolean> => {
      await attempt('alice', 'wrong', '198.51.100.1')
      return (await attempt('alice', 'right', '192.0.2.1')) === 'in'
    }
    await attempt('alice', 'right', '192.0.2.1')
    app.clock.advance('29d')
    expect(await isKnown()).toBe(true)
    app.clock.advance('29d')
    expect(await isKnown()).toBe(true)
    app.clock.advance('31d')
    expect(await isKnown()).toBe(false)
    await attempt('alice', 'right', '192.0.2.1')
  })

  test('a new password forgets them', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1h' } } })
    const alice = await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    await attempt('alice', 'wrong')
    expect(await attempt('alice', 'right')).toBe('429 by account for 3600')
    await app.auth.changePassword(alice, 'new')
    expect(await attempt('alice', 'new')).toBe('in')
  })

  test('proving again who one is counts as a sign-in', async () => {
    const app = identity({ throttle: { account: { failures: 2, per: '1h' } } })
    const alice = await app.add('alice', 'right')
    const browser = client(app.sessions)
    await browser.run((session) => app.auth.loginWithoutPassword(session, alice))
    await repeat(2, async () => expect((await browser.run((session) => app.auth.reauthenticate(session, 'wrong'))).result).toBe(false))
    await expect(browser.run((session) => app.auth.reauthenticate(session, 'right'))).rejects.toThrow(code('ERR_SESSION_THROTTLED'))
    expect(await attemptsOn(app)('alice', 'right')).toBe('429 by account for 3600')
  })
})

describe('failed sign-ins from an address', () => {
  test('a hundred in a quarter of an hour, whatever the names; IPv6 by its first 64 bits', async () => {
    const app = identity()
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    await repeat(100, async (i) => expect(await attempt(`name ${i}`, 'x', `2001:db8::${i.toString(16)}`)).toBe('out'))
    expect(await attempt('alice', 'right', '2001:db8::ffff')).toBe('429 by address for 900')
    expect(await attempt('alice', 'right', '2001:db8:0:1::1')).toBe('in')
    expect(await attempt('alice', 'right')).toBe('in')
  })

  test.each([
    ['64', 10, (i: number) => `2001:db8:0:0::${i}`],
    ['56', 20, (i: number) => `2001:db8:0:${(i % 200).toString(16)}::1`],
    ['48', 40, (i: number) => `2001:db8:0:${((i % 256) * 256).toString(16)}::1`],
  ])('IPv6 counts by its first %s bits too: %i failures', async (_bits, limit, address) => {
    const app = identity({ throttle: { address: { failures: 10, per: '15m' } } })
    const attempt = attemptsOn(app)
    await repeat(limit, async (i) => expect(await attempt(`name ${i}`, 'x', address(i))).toBe('out'))
    expect(await attempt('name', 'x', address(limit))).toBe('429 by address for 900')
    expect(await attempt('name', 'x', '2001:db8:1::1')).toBe('out')
  })

  test.each([
    ['192.0.2.1', (port: number) => `192.0.2.1:${port}`],
    ['2001:db8::1', (port: number) => `[2001:db8::1]:${port}`],
  ])('a port beside %s, as some proxies write it, does not count', async (address, withPort) => {
    const app = identity({ throttle: { address: { failures: 3, per: '15m' } } })
    const attempt = attemptsOn(app)
    await repeat(3, async (i) => expect(await attempt(`name ${i}`, 'x', withPort(40_000 + i))).toBe('out'))
    expect(await attempt('name', 'x', withPort(7))).toBe('429 by address for 900')
    expect(await attempt('name', 'x', address)).toBe('429 by address for 900')
  })

  test('successes are not counted', async () => {
    const app = identity({ throttle: { address: { failures: 2, per: '1m' } } })
    await app.add('alice', 'right')
    const attempt = attemptsOn(app)
    await repeat(5, async () => expect(await attempt('alice', 'right', '192.0.2.1')).toBe('in'))
  })
})

describe('throttling', () => {
  test('the error holds the answer: 429 with Retry-After', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '90s' } } })
    await app.auth.authenticate('alice', 'x')
    const error: unknown = await app.auth.authenticate('alice', 'x').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_SESSION_THROTTLED',
      message: 'Too many sign-ins have failed. Try again in 90 seconds.',
      refusal: {
        status: 429,
        headers: expect.arrayContaining([
          ['Retry-After', '90'],
          ['Cache-Control', 'no-store'],
        ]),
      },
    })
  })

  test('false turns it off, and nothing is stored', async () => {
    const app = identity({ throttle: false })
    app.store.before('create', () => expect.unreachable())
    await repeat(200, async () => expect(await app.auth.authenticate('alice', 'x', { address: '192.0.2.1' })).toBeUndefined())
  })

  test('nothing of it is a session, nor tells a name or an address', async () => {
    const stored: string[] = []
    const app = identity()
    app.store.before('create', ({ args }) => void stored.push(JSON.stringify(args[0])))
    await app.add('alice@example.org', 'right')
    await app.auth.authenticate('alice@example.org', 'wrong', { address: '192.0.2.1' })
    await app.auth.authenticate('alice@example.org', 'right', { address: '192.0.2.1' })
    expect(stored).toHaveLength(2)
    for (const record of stored) {
      expect(record).not.toMatch(/alice|example|192|wrong|right/)
      expect(await app.sessions.revoke((JSON.parse(record) as { id: string }).id)).toBe(false)
    }
  })

  test('a changed secret frees nobody, and forgets no known address', async () => {
    const app = identity({ throttle: { account: { failures: 3, per: '1h' }, address: { failures: 4, per: '1h' } } })
    await app.add('alice', 'right')
    await attemptsOn(app)('alice', 'right', '192.0.2.1')
    await repeat(3, (i) => attemptsOn(app)('alice', 'wrong', `198.51.100.${i}`))
    await repeat(4, (i) => attemptsOn(app)(`name ${i}`, 'wrong', '203.0.113.1'))
    const next = 'the second secret of the tests, 32'
    const after = (secrets: string[]): ReturnType<typeof attemptsOn> => {
      const sessions = createSessions({ secrets, store: app.store, clock: app.clock })
      const throttle = { account: { failures: 3, per: '1h' }, address: { failures: 4, per: '1h' } } as const
      return attemptsOn({ ...app, sessions }, app.authOf({ sessions, throttle }))
    }
    const during = after([next, SECRET])
    expect(await during('name', 'wrong', '203.0.113.1')).toBe('429 by address for 3600')
    // What is written meanwhile is written under the new one.
    expect(await during('alice', 'right', '192.0.2.1')).toBe('in')
    for (const attempt of [during, after([next])]) {
      expect(await attempt('alice', 'right', '198.51.100.9')).toBe('429 by account for 3600')
      expect(await attempt('alice', 'right', '192.0.2.1')).toBe('in')
    }
  })

  test('while the store is down nobody signs in', async () => {
    const app = identity()
    await app.add('alice', 'right')
    app.store.before('create', () => {
      throw new Error('down')
    })
    await expect(app.auth.authenticate('alice', 'right')).rejects.toThrow(code('ERR_SESSION_STORE'))
  })

  test.each([
    { account: { failures: 0, per: '1m' } },
    { address: { failures: 1.5, per: '1m' } },
    { account: { failures: 5, per: '1 minute' } },
  ])('%o is told at start', (throttle) => {
    expect(() => identity({ throttle: throttle as never })).toThrow(/throttle\.(account|address)/)
  })

  test('sealed sessions count in the store of revocations; without one it must be turned off', async () => {
    const sealed = (revocations?: SessionStore): Sessions =>
      createSessions({ secrets: [SECRET], store: sealedStore(revocations && { revocations }) })
    expect(() => identity().authOf({ sessions: sealed() })).toThrow(code('ERR_SESSION_OPTIONS'))
    expect(await identity().authOf({ sessions: sealed(), throttle: false }).authenticate('alice', 'x')).toBeUndefined()
    const auth = identity().authOf({ sessions: sealed(memoryStore()), throttle: { account: { failures: 1, per: '1h' } } })
    expect(await auth.authenticate('alice', 'x')).toBeUndefined()
    await expect(auth.authenticate('alice', 'x')).rejects.toThrow(code('ERR_SESSION_THROTTLED'))
  })
})

describe('what a sign-in costs of the store, besides the epoch', () => {
  interface Costs extends Identity {
    /** In how many rounds of calls, those side by side being one. */
    steps(): number
    calls(): number
  }

  async function counting(): Promise<Costs> {
    const app = identity()
    await app.add('alice', 'right')
    let [calls, steps, open] = [0, 0, 0]
    for (const operation of ['load', 'create', 'update', 'delete', 'touch'] as const) {
      app.store.before(operation, () => {
        calls++
        if (open++ === 0) steps++
      })
      app.store.after(operation, () => void open--)
    }
    return { ...app, calls: () => calls, steps: () => steps }
  }

  test.each<[what: string, prepare: (app: Identity) => unknown, password: string, most: [calls: number, steps: number]]>([
    ['the first of all', () => undefined, 'right', [6, 4]],
    ['a later one', ({ auth }) => auth.authenticate('alice', 'right', { address: '192.0.2.1' }), 'right', [6, 4]],
    ['one after failures', (app) => repeat(5, () => attemptsOn(app)('alice', 'wrong', '192.0.2.1')), 'right', [6, 4]],
    ['one that fails', () => undefined, 'wrong', [4, 3]],
  ])('%s', async (_what, prepare, password, most) => {
    const app = await counting()
    await prepare(app)
    const before = [app.calls(), app.steps()]
    await app.auth.authenticate('alice', password, { address: '192.0.2.1' })
    expect([app.calls() - before[0]!, app.steps() - before[1]!]).toEqual(most)
  })

  test('of two hundred at once from one address each costs a handful, and all are counted', async () => {
    const app = await counting()
    const names = Array.from({ length: 200 }, (_, i) => `name ${i}`)
    const outcomes = await Promise.allSettled(names.map((name) => app.auth.authenticate(name, 'x', { address: '192.0.2.1' })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
    expect(app.calls() / names.length).toBeLessThan(4)
  })

  test('a count that has expired, and is still stored, is begun anew', async () => {
    const app = identity({ throttle: { account: { failures: 1, per: '1m' }, address: { failures: 1, per: '1m' } } })
    const attempt = attemptsOn(app)
    expect([await attempt('nobody', 'x', '192.0.2.1'), await attempt('nobody', 'x', '192.0.2.1')]).toEqual(['out', '429 by address for 60'])
    app.clock.advance('1m')
    expect([await attempt('nobody', 'x', '192.0.2.1'), await attempt('nobody', 'x', '192.0.2.1')]).toEqual(['out', '429 by address for 60'])
  })
})
