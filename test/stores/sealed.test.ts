/** Sealed sessions: the whole record travels with the client. */
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { revocableSessions, sealedSessions } from '../../examples/guide/stores/sealed.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SealedStore, Sessions, SessionsOptions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore, TestClock } from '../../src/testing/index.ts'
import { SECRET, code, settled, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const FIRST_PART = '__Host-session.0'
const SECOND_PART = '__Host-session.1'
const ANONYMOUS_PART = '__Host-session-anon.0'

function sealed(
  store: SealedStore = sealedStore(),
  options: SessionsOptions & { readonly schema?: never } = {},
): { sessions: Sessions; clock: TestClock; another: () => Sessions } {
  const clock = testClock()
  const another = (): Sessions => createSessions({ secrets: [SECRET], store, clock, ...options })
  return { sessions: another(), clock, another }
}

/** With a store of revocations under the test's control. */
function revocable(
  { spill }: { spill?: boolean } = {},
  options: SessionsOptions & { readonly schema?: never } = {},
): ReturnType<typeof sealed> & { store: ScriptedStore } {
  const store = scriptedStore(memoryStore())
  return { ...sealed(sealedStore({ revocations: store, ...(spill && { spill: store, spillAbove: 1_000 }) }), options), store }
}

function warnings(): string[] {
  const heard: string[] = []
  const listen = (warning: Error): void => void heard.push(warning.message)
  process.on('warning', listen)
  onTestFinished(() => void process.off('warning', listen))
  return heard
}

describe('a sealed session', () => {
  test('keeps its values at the client, and another process reads them', async () => {
    const { sessions, another } = sealed()
    const browser = client(sessions)
    const value = { items: [1, 2], at: new Date(0), tags: new Set(['a']), price: 12n }
    await browser.run((session) => session.set('cart', value))
    const { result, setCookies } = await browser.run((session) => session.get('cart'), { at: another() })
    expect(result).toEqual(value)
    expect(setCookies, 'a read sends nothing').toEqual([])
  })

  test('shows nobody what it holds', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const { setCookies } = await browser.run((session) => session.set('word', 'open sesame'))
    const everything = setCookies
      .map((line) => line + Buffer.from(line.split(';')[0]!.split('=')[1]!, 'base64url').toString('latin1'))
      .join('\n')
    for (const secret of ['open sesame', 'word', 'user-42']) expect(everything).not.toContain(secret)
    expect(setCookies).toEqual([
      expect.stringMatching(/^__Host-session\.0=[\w-]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  test('signs in, out, and carries an anonymous cart along', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session-anon', ANONYMOUS_PART])
    await browser.run((session) => session.login('user-42'))
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session', FIRST_PART])
    const { result } = await browser.run(async (session) => [await session.get('cart'), session.principal, session.isNew])
    expect(result).toEqual([['tea'], 'user-42', false])
    await browser.run((session) => session.logout())
    expect([...browser.jar.keys()], 'nothing is left behind').toEqual([])
  })

  test('of another principal begins empty', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('user-1')
      session.set('secret', 'of user 1')
    })
    await browser.run((session) => session.login('user-2'))
    const { result } = await browser.run(async (session) => [await session.get('secret'), session.principal])
    expect(result).toEqual([undefined, 'user-2'])
  })

  test('ends by inactivity, and stays while somebody comes; a read then seals it anew', async () => {
    const { sessions, clock } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    clock.advance('1m')
    expect((await browser.run((session) => session.get('a'))).setCookies, 'too early').toEqual([])
    for (let i = 0; i < 5; i++) {
      clock.advance('20m')
      const { result, setCookies } = await browser.run((session) => session.get('a'))
      expect(result).toBe(1)
      expect(setCookies).toEqual([expect.stringContaining(`${ANONYMOUS_PART}=`)])
    }
    clock.advance('31m')
    expect((await browser.run((session) => session.get('a'))).result).toBeUndefined()
  })

  test('ends at its absolute deadline, and is remembered or forgotten as asked', async () => {
    const { sessions, clock } = sealed(sealedStore(), { absoluteTimeout: '2h' })
    const [brief, long] = [client(sessions), client(sessions)]
    const forgotten = await brief.run((session) => session.login('user-1', { remember: false }))
    expect(
      forgotten.setCookies.filter((line) => line.includes('Max-Age')),
      'until the browser closes',
    ).toEqual([])
    await long.run((session) => session.login('user-2', { remember: true }))
    clock.advance('119m')
    expect((await long.run(async (session) => (await session.load()).principal)).result).toBe('user-2')
    clock.advance('1m')
    expect((await long.run(async (session) => (await session.load()).principal)).result).toBeNull()
  })

  test('takes a new secret without signing anybody out', async () => {
    const { sessions, clock } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    const next = createSessions({ secrets: ['the second secret of the tests, 32', SECRET], store: sealedStore(), clock })
    await browser.run((session) => session.set('b', 2), { at: next })
    expect((await browser.run((session) => session.get('b'), { at: next })).result).toBe(2)
    const last = createSessions({ secrets: ['the third secret of the tests, 32.'], store: sealedStore(), clock })
    expect((await browser.run((session) => session.get('b'), { at: last })).result).toBeUndefined()
  })

  test('rotates on request', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const thief = browser.copy()
    await browser.run((session) => session.rotate())
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
    thief.jar.set(FIRST_PART, browser.jar.get(FIRST_PART)!)
    expect((await thief.run(async (session) => (await session.load()).principal)).result, 'the old token with the new record').toBeNull()
  })

  test('that failed to be saved leaves the client as it was', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    const failing = browser.run((session) => {
      session.set('a', 2)
      session.update('b', () => {
        throw new Error('no')
      })
    })
    await expect(failing).rejects.toThrow('no')
    expect((await browser.run((session) => session.get('a'))).result).toBe(1)
  })

  test('is refused a late write when this process ended it meanwhile (P2)', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const slow = browser.open()
    await slow.load()
    await browser.run((session) => session.logout())
    slow.set('a', 1)
    await slow.commit()
    expect(slow.takeHeaders()).toEqual([])
  })

  test('cannot rotate by routine, nor travel without cookies', () => {
    expect(() => sealed(sealedStore(), { rotateEvery: '1h' })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})

describe('refused, and simply no session', () => {
  async function filled(name = 'session'): Promise<ReturnType<typeof client>> {
    const browser = client(sealed(sealedStore(), { name }).sessions)
    await browser.run(async (session) => {
      await session.login('user-42')
      session.set('text', 'x'.repeat(4_000))
    })
    return browser
  }
  const seen = (browser: ReturnType<typeof client>): Promise<string | null> =>
    browser.run(async (session) => (await session.load()).principal).then(({ result }) => result)

  test('the control: nothing changed', async () => {
    const browser = await filled()
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session', FIRST_PART, SECOND_PART])
    expect(await seen(browser)).toBe('user-42')
  })

  test('parts swapped between two cookies', async () => {
    const browser = await filled()
    const [first, second] = [browser.jar.get(FIRST_PART)!, browser.jar.get(SECOND_PART)!]
    browser.jar.set(FIRST_PART, `2${second}`).set(SECOND_PART, first.slice(1))
    expect(await seen(browser)).toBeNull()
  })

  test('a part of another session', async () => {
    const [one, other] = [await filled(), await filled()]
    one.jar.set(SECOND_PART, other.jar.get(SECOND_PART)!)
    expect(await seen(one)).toBeNull()
  })

  test("another session's record", async () => {
    const [one, other] = [await filled(), await filled()]
    for (const part of [FIRST_PART, SECOND_PART]) one.jar.set(part, other.jar.get(part)!)
    expect(await seen(one)).toBeNull()
  })

  test("another application's record", async () => {
    const other = await filled('other')
    const browser = client(sealed().sessions)
    for (const [name, value] of other.jar) browser.jar.set(name.replace('other', 'session'), value)
    expect(await seen(browser)).toBeNull()
  })

  test('an anonymous record in the place of a signed-in one', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    const before = browser.copy()
    await browser.run((session) => session.login('user-42'))
    browser.jar.set(FIRST_PART, before.jar.get(ANONYMOUS_PART)!)
    expect(await seen(browser)).toBeNull()
  })

  test('a record that was encrypted for a store, as if it were sealed', async () => {
    const store = scriptedStore(memoryStore())
    const clock = testClock()
    const stored = createSessions({ secrets: [SECRET], store, clock, encrypt: true })
    let body = ''
    store.after('create', ({ args }) => void (body = (args[0] as { body: string }).body))
    const browser = client(stored)
    await browser.run((session) => session.login('user-42'))
    browser.jar.set(FIRST_PART, `1${body}`)
    expect(
      (
        await browser.run(async (session) => (await session.load()).principal, {
          at: createSessions({ secrets: [SECRET], store: sealedStore(), clock }),
        })
      ).result,
    ).toBeNull()
  })

  test.each([
    ['the second part missing', (jar: Map<string, string>) => jar.delete(SECOND_PART)],
    ['the first part missing', (jar: Map<string, string>) => jar.delete(FIRST_PART)],
    ['the record missing', (jar: Map<string, string>) => jar.delete(FIRST_PART) && jar.delete(SECOND_PART)],
    ['the token missing', (jar: Map<string, string>) => jar.delete('__Host-session')],
    ['the end cut off', (jar: Map<string, string>) => jar.set(SECOND_PART, jar.get(SECOND_PART)!.slice(0, -4))],
    [
      'one character changed',
      (jar: Map<string, string>) =>
        jar.set(
          FIRST_PART,
          jar.get(FIRST_PART)!.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        ),
    ],
    ['two first parts', (jar: Map<string, string>) => jar.set(FIRST_PART, `${jar.get(FIRST_PART)!}; ${FIRST_PART}=1planted`)],
    ['more parts than there can be', (jar: Map<string, string>) => jar.set(FIRST_PART, `9${jar.get(FIRST_PART)!.slice(1)}`)],
  ])('%s', async (_, change) => {
    const browser = await filled()
    change(browser.jar)
    expect(await seen(browser)).toBeNull()
  })

  test('any other text, whatever it is', async () => {
    const browser = await filled()
    const token = browser.jar.get('__Host-session')!
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('1', '2', 'A', 'b', '_', '-', '=', '"', '\u00ff', ' ') }), async (text) => {
        browser.jar.clear()
        browser.jar.set('__Host-session', token).set(FIRST_PART, encodeURIComponent(text).slice(0, 200))
        expect(await seen(browser)).toBeNull()
      }),
    )
  })
})

describe('the size', () => {
  /** Text that fits only as often as the limit says. */
  const big = (length: number): string => 'x'.repeat(length)

  test('grows over two cookies and shrinks to one again', async () => {
    const browser = client(sealed().sessions)
    await browser.run((session) => session.set('text', big(4_000)))
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session-anon', ANONYMOUS_PART, '__Host-session-anon.1'])
    for (const [name, value] of browser.jar) expect(name.length + value.length).toBeLessThanOrEqual(4_096)
    expect((await browser.run((session) => session.get('text'))).result).toBe(big(4_000))
    await browser.run((session) => session.set('text', 'small'))
    expect([...browser.jar.keys()].toSorted()).toEqual(['__Host-session-anon', ANONYMOUS_PART])
  })

  test('of a shorter record is not confused by what a longer one left', async () => {
    const browser = client(sealed().sessions)
    await browser.run((session) => session.set('text', big(4_000)))
    const left = browser.jar.get('__Host-session-anon.1')!
    await browser.run((session) => session.set('text', 'small'))
    browser.jar.set('__Host-session-anon.1', left)
    expect((await browser.run((session) => session.get('text'))).result).toBe('small')
  })

  test('is bounded, and the error names the biggest keys and no value', async () => {
    const browser = client(sealed().sessions)
    await browser.run((session) => session.set('a', 1))
    const growing = browser.run((session) => {
      session.set('cart', big(5_000))
      session.set('history', big(1_000))
    })
    const error = await growing.catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({ code: 'ERR_SESSION_SEALED_SIZE', message: expect.stringContaining('"cart" (5002), "history" (1002)') })
    expect((error as Error).message).not.toContain('xxx')
    expect((await browser.run(async (session) => (await session.load()).data)).result, 'as it was before').toEqual({ a: 1 })
  })

  test('is warned of in development, before it is too large', async () => {
    const heard = warnings()
    const browser = client(sealed(sealedStore(), { development: true }).sessions)
    await browser.run((session) => session.set('cart', big(3_800)))
    await settled()
    expect(heard).toEqual([
      expect.stringMatching(/^A sealed session has \d+ characters, and 7000 can travel. The biggest keys: "cart" \(3802\)\.$/),
    ])
  })
})

describe('with a store of revocations', () => {
  test('asks it at the login and then only after the recheck', async () => {
    const { sessions, clock, store } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    expect(store.count(), 'an anonymous session needs none').toBe(0)
    await browser.run((session) => session.login('user-42'))
    store.reset()
    for (let i = 0; i < 5; i++) await browser.run((session) => session.increment('visits'))
    expect(store.count()).toBe(0)
    clock.advance('30s')
    expect((await browser.run((session) => session.get('visits'))).result).toBe(5)
    await settled()
    expect([store.count('load'), store.count('update'), store.count()]).toEqual([1, 1, 2])
    store.reset()
    await browser.run((session) => session.get('visits'))
    expect(store.count(), 'just checked').toBe(0)
  })

  test.each([
    ['revokeAll', (sessions: Sessions) => sessions.of('user-42').revokeAll()],
    ['revoke', async (sessions: Sessions) => sessions.revoke((await sessions.of('user-42').list())[0]!.id)],
    ['revoke of the principal', async (sessions: Sessions) => sessions.of('user-42').revoke((await sessions.of('user-42').list())[0]!.id)],
  ])('%s ends it everywhere within the recheck, whatever it wrote meanwhile', async (_, revoke) => {
    const { sessions, clock, another } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    await revoke(another())
    clock.advance('29s')
    expect((await browser.run(async (session) => (await session.load()).principal)).result, 'the bound that is stated').toBe('user-42')
    await browser.run((session) => session.set('a', 1))
    clock.advance('1s')
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBeNull()
    expect(await sessions.of('user-42').list()).toEqual([])
  })

  test('a logout ends a copy of the cookies too', async () => {
    const { sessions, clock, another } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const thief = browser.copy()
    await browser.run((session) => session.logout())
    clock.advance('30s')
    expect((await thief.run(async (session) => (await session.load()).principal, { at: another() })).result).toBeNull()
  })

  test('an older cookie is refused once a newer one was seen', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('user-42')
      session.set('credit', 100)
    })
    const before = browser.copy()
    await browser.run((session) => session.set('credit', 0))
    clock.advance('30s')
    expect((await browser.run((session) => session.get('credit'))).result).toBe(0)
    await settled()
    expect((await before.run((session) => session.get('credit'))).result).toBeUndefined()
    expect((await browser.run((session) => session.get('credit'))).result, 'who holds the newer one stays').toBe(0)
  })

  test('responses that are lost lock nobody out', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    for (let i = 0; i < 10; i++) {
      clock.advance('31s')
      await browser.run((session) => session.set('a', i), { lost: true })
      await settled()
    }
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test('a slow response that arrives last locks nobody out', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const slow = browser.copy()
    await slow.run(async (session) => {
      session.set('slow', 1)
      await session.load()
      for (let i = 0; i < 6; i++) {
        clock.advance('20s')
        await browser.run((other) => other.set('fast', i))
      }
      await settled()
    })
    expect((await slow.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
    clock.advance('1m')
    expect((await slow.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test('stays while somebody comes now and then, until the absolute deadline', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    for (let i = 0; i < 12; i++) {
      clock.advance('25m')
      expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
      await settled()
    }
    clock.advance('31m')
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBeNull()
  })

  test('a new login begins the absolute timeout anew there too', async () => {
    const { sessions, clock } = revocable({}, { absoluteTimeout: '2h' })
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42', { remember: true }))
    clock.advance('119m')
    await browser.run((session) => session.login('user-42', { remember: true }))
    clock.advance('60m')
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test('lists it as it is', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    const start = clock.now()
    await browser.run((session) => session.login('user-42'), { headers: { 'user-agent': 'A browser' } })
    clock.advance('10m')
    await browser.run((session) => session.get('a'))
    await settled()
    clock.advance('1m')
    const listed = await sessions.of('user-42').list()
    expect(listed).toMatchObject([{ createdAt: start, lastSeenAt: start + 600_000, userAgent: 'A browser', current: false }])
    const { result } = await browser.run((current) => sessions.of('user-42').list({ current }))
    expect(result).toMatchObject([{ id: listed[0]!.id, current: true }])
  })

  test('keeps no data in it', async () => {
    const { sessions, store } = revocable()
    const given: string[] = []
    for (const operation of ['create', 'update'] as const) store.before(operation, ({ args }) => void given.push(JSON.stringify(args)))
    await client(sessions).run(async (session) => {
      session.set('word', 'open sesame')
      await session.login('user-42')
    })
    expect(given.join()).toContain('user-42')
    expect(given.join()).not.toMatch(/sesame|word/)
  })

  test('a sign-in that revokeAll overtook is none', async () => {
    const { sessions, store, another } = revocable()
    const { hook, reached, release } = stopAt()
    store.before('create', hook)
    const browser = client(sessions)
    const signingIn = browser.run((session) => session.login('user-42'))
    await reached
    await another().of('user-42').revokeAll()
    release()
    await expect(signingIn).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect([...browser.jar.keys()]).toEqual([])
    expect(await sessions.of('user-42').list()).toEqual([])
  })

  test('two people who sign in at once from one anonymous session get one session each', async () => {
    const { sessions } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    const [one, two] = [browser.copy(), browser.copy()]
    await one.run((session) => session.login('user-1'))
    await two.run((session) => session.login('user-2'))
    for (const [each, principal] of [
      [one, 'user-1'],
      [two, 'user-2'],
    ] as const) {
      expect((await each.run(async (session) => (await session.load()).principal)).result).toBe(principal)
    }
    expect((await sessions.of('user-1').list())[0]!.id).not.toBe((await sessions.of('user-2').list())[0]!.id)
  })

  test('that is down, a recheck is an error or an anonymous session, as asked, and never "signed in"', async () => {
    const { sessions, store, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const reported: string[] = []
    sessions.on('storeError', ({ operation }) => reported.push(operation))
    store.before('load', () => {
      throw new Error('down')
    })
    expect((await browser.run(async (session) => (await session.load()).principal)).result, 'not asked').toBe('user-42')
    clock.advance('30s')
    await expect(browser.run((session) => session.load())).rejects.toThrow(code('ERR_SESSION_STORE'))
    expect(reported, 'once').toEqual(['load'])
    const { result } = await browser.run(async (session) => (await session.load({ onStoreDown: 'anonymous' })).principal)
    expect(result).toBeNull()
  })

  test('must find sessions by principal', () => {
    const { principals: _, ...store } = scriptedStore(memoryStore())
    expect(() => sealedStore({ revocations: store })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})

describe('with a store to spill to', () => {
  test('moves there when it grows, and stays', async () => {
    const { sessions, store, another } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    expect(store.count()).toBe(0)
    await browser.run((session) => session.set('text', 'x'.repeat(2_000)))
    expect([...browser.jar.keys()], 'only the token travels').toEqual(['__Host-session-anon'])
    await browser.run((session) => session.delete('text'), { at: another() })
    expect([...browser.jar.keys()]).toEqual(['__Host-session-anon'])
    expect((await browser.run((session) => session.get('a'))).result).toBe(1)
  })

  test('loses no update there (P1)', async () => {
    const { sessions, another } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run((session) => session.set('text', 'x'.repeat(2_000)))
    const processes = [sessions, another(), another()]
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        browser.run(
          (session) => {
            session.increment('visits')
            session.set(`key${i}`, i)
          },
          { at: processes[i % 3]! },
        ),
      ),
    )
    const { result } = await browser.run(async (session) => [await session.get('visits'), Object.keys((await session.load()).data).length])
    expect(result).toEqual([30, 32])
  })

  test('two requests that move it at the same time both survive', async () => {
    const { sessions, another } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    const other = another()
    await Promise.all([
      browser.run((session) => session.set('one', 'x'.repeat(2_000))),
      browser.run((session) => session.set('two', 'y'.repeat(2_000)), { at: other }),
    ])
    const { result } = await browser.run(async (session) => Object.keys((await session.load()).data).toSorted())
    expect(result).toEqual(['a', 'one', 'two'])
  })

  test('is seen where it moved by the request that moved it', async () => {
    const { sessions, another } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run((session) => session.set('a', 1))
    const job = browser.open()
    job.set('text', 'x'.repeat(2_000))
    await job.commit()
    const elsewhere = browser.copy()
    for (const name of browser.jar.keys()) if (name.endsWith('.0')) elsewhere.jar.delete(name)
    await elsewhere.run((session) => session.increment('visits'), { at: another() })
    job.set('a', 1)
    await job.commit()
    expect(await job.get('visits')).toBe(1)
  })

  test('a lost reply does not apply twice', async () => {
    const { sessions, store } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run((session) => session.set('text', 'x'.repeat(2_000)))
    let lost = 0
    store.after('update', () => {
      if (lost++ === 0) throw new Error('reply lost')
    })
    await browser.run((session) => session.increment('visits'))
    expect((await browser.run((session) => session.get('visits'))).result).toBe(1)
    expect(lost).toBeGreaterThan(1)
  })

  test('is touched, ended and revoked there like another', async () => {
    const { sessions, store, clock } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('user-42')
      session.set('text', 'x'.repeat(2_000))
    })
    for (let i = 0; i < 3; i++) {
      clock.advance('25m')
      expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
      await settled()
    }
    store.reset()
    await sessions.of('user-42').revokeAll()
    expect((await browser.run(async (session) => (await session.load()).principal)).result, 'at once').toBeNull()
    const ended = await browser.run((session) => session.get('text'))
    expect(ended.result).toBeUndefined()
  })

  test("somebody else's session does not end by revoking its id", async () => {
    const { sessions } = revocable({ spill: true })
    const browser = client(sessions)
    const { result: id } = await browser.run(async (session) => {
      await session.login('user-42')
      session.set('text', 'x'.repeat(2_000))
      await session.commit()
      return session.id!
    })
    expect(await sessions.of('user-1').revoke(id)).toBe(false)
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test('keeps nothing readable in it', async () => {
    const store = scriptedStore(memoryStore())
    const given: string[] = []
    store.before('create', ({ args }) => void given.push(JSON.stringify(args)))
    const { sessions } = sealed(sealedStore({ spill: store, spillAbove: 100 }))
    await client(sessions).run(async (session) => {
      await session.login('user-42')
      session.set('word', 'open sesame')
    })
    expect(given).toHaveLength(1)
    expect(given[0]).not.toMatch(/sesame|user-42/)
  })
})

test.each([
  ['alone', () => sealedSessions(SECRET)],
  ['with revocations', () => revocableSessions(SECRET, memoryStore())],
])("the page's example %s runs", async (_, sessions) => {
  const opened = sessions()
  const session = opened.open({ headers: {} })
  await session.login('user-42')
  session.set('cart', ['tea'])
  await session.commit()
  const cookie = session.takeHeaders().map(([, line]) => line.slice(0, line.indexOf(';')))
  expect(await opened.open({ headers: { cookie: cookie.join('; ') } }).get('cart')).toEqual(['tea'])
})

test.each([
  [{ recheck: 'soon' }, 'ERR_SESSION_DURATION'],
  [{ spillAbove: 0 }, 'ERR_SESSION_OPTIONS'],
  [{ spillAbove: 7_001 }, 'ERR_SESSION_OPTIONS'],
  [{ spill: {} }, 'ERR_SESSION_OPTIONS'],
] as const)('sealedStore(%j) is refused at start', (options, expected) => {
  expect(() => sealedStore(options as never)).toThrow(code(expected))
})
