/** Sealed sessions: the whole record travels with the client. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { revocableSessions, sealedSessions } from '../../examples/guide/stores/sealed.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SealedStore, Session, Sessions, SessionsOptions } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import type { ScriptedStore, TestClock } from '../../src/testing/index.ts'
import { SECRET, code, settled, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const FIRST_PART = '__Host-session'
const SECOND_PART = '__Host-session.1'
const ANONYMOUS_PART = '__Host-session-anon'

function sealed(
  store: SealedStore = sealedStore({ maxCharacters: 7_000 }),
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
  return { ...sealed(sealedStore({ revocations: store, ...(spill && { spill: store, maxCharacters: 1_000 }) }), options), store }
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
      expect.stringMatching(/^__Host-session=1[\w-]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })

  test('signs in, out, and carries an anonymous cart along', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', ['tea']))
    expect([...browser.jar.keys()].toSorted()).toEqual([ANONYMOUS_PART])
    await browser.run((session) => session.login('user-42'))
    expect([...browser.jar.keys()].toSorted()).toEqual([FIRST_PART])
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
    expect(thief.jar.get(FIRST_PART)).not.toBe(browser.jar.get(FIRST_PART))
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

describe('the key of the hour', () => {
  const at = (now: number, secrets = [SECRET]): Sessions =>
    createSessions({ secrets, store: sealedStore(), clock: testClock(now), absoluteTimeout: '400d', idleTimeout: '400d' })
  const NOON = Date.UTC(2100, 0, 1, 12)
  const HOUR = 3_600_000

  test.each([
    ['the same process', 0],
    ['an hour later', HOUR],
    ['a year later', 365 * 24 * HOUR],
    ['a clock that is slow', -HOUR],
    ['a clock that is fast', 25 * HOUR],
    ['a clock that is hopelessly slow', -1_000 * 24 * HOUR],
  ])('opens at %s', async (_, skew) => {
    const browser = client(at(NOON))
    await browser.run((session) => session.set('cart', ['tea']))
    const elsewhere = at(NOON + skew)
    expect((await browser.run((session) => session.get('cart'), { at: elsewhere })).result).toEqual(['tea'])
    await browser.run((session) => session.set('cart', ['coffee']), { at: elsewhere })
    expect((await browser.run((session) => session.get('cart'))).result).toEqual(['coffee'])
  })

  test('is another one in each hour', async () => {
    const hours = new Set<string>()
    for (let hour = 0; hour < 3; hour++) {
      const browser = client(at(NOON + hour * HOUR))
      await browser.run((session) => session.set('a', 1))
      hours.add(Buffer.from(browser.jar.get(ANONYMOUS_PART)!.slice(1), 'base64url').subarray(1, 5).toString('hex'))
    }
    expect(hours.size).toBe(3)
  })

  test('renamed to another hour opens nothing', async () => {
    const browser = client(at(NOON))
    await browser.run((session) => session.set('a', 1))
    const bytes = Buffer.from(browser.jar.get(ANONYMOUS_PART)!.slice(1), 'base64url')
    for (const other of [0, bytes.readUInt32BE(1) - 1, bytes.readUInt32BE(1) + 1, 0xff_ff_ff_ff]) {
      bytes.writeUInt32BE(other, 1)
      browser.jar.set(ANONYMOUS_PART, `1${bytes.toString('base64url')}`)
      expect((await browser.run((session) => session.get('a'))).result, `hour ${other}`).toBeUndefined()
    }
  })

  test('of an older secret opens, and a read seals anew under the first: then the old one can go', async () => {
    const [old, next] = [SECRET, 'the second secret of the tests, 32']
    const browser = client(at(NOON, [old]))
    await browser.run((session) => session.set('a', 1))
    const { result, setCookies } = await browser.run((session) => session.get('a'), { at: at(NOON, [next, old]) })
    expect(result).toBe(1)
    expect(setCookies).toEqual([expect.stringContaining(`${ANONYMOUS_PART}=1`)])
    expect((await browser.run((session) => session.get('a'), { at: at(NOON, [next]) })).result).toBe(1)
    expect((await browser.run((session) => session.get('a'), { at: at(NOON, [old]) })).result).toBeUndefined()
  })
})

describe('sealed in the first format, with a token beside it', () => {
  interface Former {
    readonly anonymous: string
    readonly signedIn: string
    readonly twoParts: string
    readonly spilled: { readonly cookie: string; readonly record: StoredRecord }
    readonly encrypted: { readonly cookie: string; readonly record: StoredRecord }
  }
  const former = JSON.parse(readFileSync(new URL('../fixtures/sealed-1.json', import.meta.url), 'utf8')) as Former
  const holding = (sessions: Sessions, cookie: string): Client<Record<string, unknown>> =>
    client(sessions, new Map(cookie.split('; ').map((pair) => pair.split('=') as [string, string])))

  test.each([
    ['anonymous', former.anonymous, null, ANONYMOUS_PART],
    ['signed in', former.signedIn, 'user-42', FIRST_PART],
    ['in two parts', former.twoParts, 'user-42', FIRST_PART],
  ])('%s: its bearer stays, and gets one cookie in its place', async (_, cookie, principal, name) => {
    const { sessions } = sealed()
    const browser = holding(sessions, cookie)
    expect([...browser.jar.keys()]).toContain(`${name}.0`)
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe(principal)
    expect(browser.jar.has(`${name}.0`)).toBe(false)
    expect(browser.jar.get(name)).toMatch(/^[12]/)
    const { result, setCookies } = await browser.run(async (session) => [await session.get('cart'), await session.get('text')])
    expect(result).toEqual(cookie === former.twoParts ? [undefined, 'x'.repeat(3_000)] : [['tea'], undefined])
    expect(setCookies, 'once').toEqual([])
    await browser.run((session) => session.logout())
    expect([...browser.jar.keys()]).toEqual([])
  })

  test.each([
    ['changed by its first request', (session: Session) => session.set('visits', 1)],
    ['signed out by its first request', (session: Session) => session.logout()],
  ])('%s', async (_, act) => {
    const browser = holding(sealed().sessions, former.twoParts)
    await browser.run(act)
    expect([...browser.jar.keys()].filter((name) => name.endsWith('.0'))).toEqual([])
    const { result } = await browser.run(async (session) => [(await session.load()).principal, await session.get('visits')])
    expect(result).toEqual(browser.jar.size > 0 ? ['user-42', 1] : [null, undefined])
  })

  test('spilled: only its token travelled', async () => {
    const store = scriptedStore(memoryStore())
    const { sessions, clock } = sealed(sealedStore({ spill: store, maxCharacters: 100 }))
    await store.create(former.spilled.record, { now: clock.now(), signal: new AbortController().signal })
    const browser = holding(sessions, former.spilled.cookie)
    expect((await browser.run((session) => session.get('cart'))).result).toEqual(['tea'])
    expect(browser.jar.get(FIRST_PART), 'what leads there is sealed now').toMatch(/^1/)
    await browser.run((session) => session.set('cart', ['coffee']))
    expect((await browser.run((session) => session.get('cart'))).result).toEqual(['coffee'])
  })

  test('encrypted in a store: it opens, and is sealed anew at the next change', async () => {
    const store = scriptedStore(memoryStore())
    const clock = testClock()
    const call = { now: clock.now(), signal: new AbortController().signal }
    await store.create(former.encrypted.record, call)
    const sessions = createSessions({ secrets: [SECRET], store, clock, encrypt: true })
    const browser = holding(sessions, former.encrypted.cookie)
    expect((await browser.run((session) => session.get('cart'))).result).toEqual(['tea'])
    await browser.run((session) => session.set('cart', ['coffee']))
    expect((await store.load(former.encrypted.record.id, call))!.body).toMatch(/^2,/)
    expect((await browser.run((session) => session.get('cart'))).result).toEqual(['coffee'])
  })

  test.each([
    ['without its token', (jar: Map<string, string>) => jar.delete('__Host-session')],
    ['without its record', (jar: Map<string, string>) => jar.delete('__Host-session.0')],
    [
      "with another session's token",
      (jar: Map<string, string>) => jar.set('__Host-session', holding(sealed().sessions, former.twoParts).jar.get('__Host-session')!),
    ],
    [
      'with the record in the place of the token',
      (jar: Map<string, string>) => jar.set('__Host-session', jar.get('__Host-session.0')!).delete('__Host-session.0'),
    ],
  ])('%s it is none', async (_, change) => {
    const browser = holding(sealed().sessions, former.signedIn)
    change(browser.jar)
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBeNull()
  })
})

describe('refused, and simply no session', () => {
  async function filled(name = 'session'): Promise<ReturnType<typeof client>> {
    const browser = client(sealed(undefined, { name }).sessions)
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
    expect([...browser.jar.keys()].toSorted()).toEqual([FIRST_PART, SECOND_PART])
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
    one.jar.set(FIRST_PART, other.jar.get(FIRST_PART)!)
    expect(await seen(one), 'with the rest of its own').toBeNull()
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
    expect((await browser.run((session) => session.get('a'))).result).toBeUndefined()
  })

  test('a signed-in record in the place of an anonymous one', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    browser.jar.set(ANONYMOUS_PART, browser.jar.get(FIRST_PART)!).delete(FIRST_PART)
    expect(await seen(browser)).toBeNull()
  })

  test('any character changed', async () => {
    const browser = client(sealed().sessions)
    await browser.run((session) => session.login('user-42'))
    const value = browser.jar.get(FIRST_PART)!
    for (let at = 0; at < value.length; at++) {
      browser.jar.set(FIRST_PART, value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1))
      expect(await seen(browser), `character ${at}`).toBeNull()
    }
    browser.jar.set(FIRST_PART, value)
    expect(await seen(browser), 'the control').toBe('user-42')
  })

  test('the records of two sessions, with an event (cookie tossing)', async () => {
    const { sessions } = sealed()
    const [one, other] = [client(sessions), client(sessions)]
    await one.run((session) => session.login('user-1'))
    await other.run((session) => session.login('user-2'))
    const refused: string[] = []
    sessions.on('refused', ({ reason }) => void refused.push(reason))
    one.jar.set(FIRST_PART, `${one.jar.get(FIRST_PART)!}; ${FIRST_PART}=${other.jar.get(FIRST_PART)!}`)
    expect(await seen(one)).toBeNull()
    expect(refused).toEqual(['ambiguous'])
  })

  test('a record that was encrypted for a store, as if it were sealed', async () => {
    const store = scriptedStore(memoryStore())
    const clock = testClock()
    const stored = createSessions({ secrets: [SECRET], store, clock, encrypt: true })
    let body = ''
    store.after('create', ({ args }) => void (body = (args[0] as { body: string }).body))
    const browser = client(stored)
    await browser.run((session) => session.login('user-42'))
    browser.jar.set(FIRST_PART, `1${body.replace('2,', '')}`)
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
    ['both missing', (jar: Map<string, string>) => jar.delete(FIRST_PART) && jar.delete(SECOND_PART)],
    ['the end cut off', (jar: Map<string, string>) => jar.set(SECOND_PART, jar.get(SECOND_PART)!.slice(0, -4))],
    [
      'one character changed',
      (jar: Map<string, string>) =>
        jar.set(
          FIRST_PART,
          jar.get(FIRST_PART)!.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        ),
    ],
    ['more parts than there can be', (jar: Map<string, string>) => jar.set(FIRST_PART, `9${jar.get(FIRST_PART)!.slice(1)}`)],
  ])('%s', async (_, change) => {
    const browser = await filled()
    change(browser.jar)
    expect(await seen(browser)).toBeNull()
  })

  test('any other text, whatever it is', async () => {
    const browser = await filled()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('1', '2', 'A', 'b', '_', '-', '=', '"', '\u00ff', ' ') }), async (text) => {
        browser.jar.set(FIRST_PART, encodeURIComponent(text).slice(0, 200))
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
    expect([...browser.jar.keys()].toSorted()).toEqual([ANONYMOUS_PART, '__Host-session-anon.1'])
    for (const [name, value] of browser.jar) expect(name.length + value.length).toBeLessThanOrEqual(4_096)
    expect((await browser.run((session) => session.get('text'))).result).toBe(big(4_000))
    await browser.run((session) => session.set('text', 'small'))
    expect([...browser.jar.keys()].toSorted()).toEqual([ANONYMOUS_PART])
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
    const browser = client(sealed(undefined, { development: true }).sessions)
    await browser.run((session) => session.set('cart', big(3_800)))
    await settled()
    expect(heard).toEqual([
      expect.stringMatching(/^A sealed session has \d+ characters, and 7000 can travel. The biggest keys: "cart" \(3802\)\.$/),
    ])
  })
})

describe('cookies of former attributes beside those of today', () => {
  const beside = (old: Map<string, string>, now: Map<string, string>): Map<string, string> => {
    const jar = new Map(now)
    for (const [name, value] of old) jar.set(name, now.has(name) ? `${value}; ${name}=${now.get(name)!}` : value)
    return jar
  }
  const who = async (sessions: Sessions, jar: Map<string, string>): Promise<unknown> =>
    (await client(sessions, jar).open().load()).principal

  test.each([
    ['one cookie, and one', 1, 1],
    ['two parts, and two', 4_500, 4_500],
    ['two parts, and one', 4_500, 1],
    ['one cookie, and two parts', 1, 4_500],
  ])('%s: whose session of before has ended is signed in again (counterexample `dead-twin`)', async (_what, before, after) => {
    const { sessions, clock } = sealed()
    const [old, now] = [client(sessions), client(sessions)]
    const fill = (length: number) => async (session: Session) => {
      session.set('text', 'x'.repeat(length))
      await session.login('ada')
    }
    await old.run(fill(before))
    clock.advance('1h')
    await now.run(fill(after))
    for (const jar of [beside(old.jar, now.jar), beside(now.jar, old.jar)]) expect(await who(sessions, jar)).toBe('ada')
  })

  test('of one session the newest record counts', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run((session) => session.login('ada'))
    const old = browser.copy()
    await browser.run((session) => session.set('n', 2))
    for (const jar of [beside(old.jar, browser.jar), beside(browser.jar, old.jar)])
      expect(await client(sessions, jar).open().get('n')).toBe(2)
  })

  test('a session that was revoked is dead, too', async () => {
    const { sessions, clock, store } = revocable()
    const [old, now] = [client(sessions), client(sessions)]
    await old.run((session) => session.login('ada'))
    await sessions.of('ada').revokeAll()
    clock.advance('31s')
    await now.run((session) => session.login('ada'))
    expect(await who(sessions, beside(old.jar, now.jar))).toBe('ada')
    expect(store.count()).toBeGreaterThan(0)
  })

  test('what does not open is no twin, however much of it is planted', async () => {
    const { sessions } = sealed()
    const browser = client(sessions)
    await browser.run(async (session) => {
      session.set('text', 'x'.repeat(4_500))
      await session.login('ada')
    })
    const planted = new Map([
      [FIRST_PART, '1planted'],
      [SECOND_PART, 'planted'],
    ])
    for (const jar of [beside(planted, browser.jar), beside(browser.jar, planted)]) expect(await who(sessions, jar)).toBe('ada')
  })

  test('two living sessions are ambiguous', async () => {
    const { sessions } = sealed()
    const refused: unknown[] = []
    sessions.on('refused', ({ reason }) => void refused.push(reason))
    const [one, other] = [client(sessions), client(sessions)]
    await one.run((session) => session.login('ada'))
    await other.run((session) => session.login('mallory'))
    expect([await who(sessions, beside(one.jar, other.jar)), refused]).toEqual([null, ['ambiguous']])
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

  test('a copy of the cookie from before a rotation is refused at its next check', async () => {
    const { sessions, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const thief = browser.copy()
    await browser.run((session) => session.rotate())
    clock.advance('30s')
    expect((await thief.run(async (session) => (await session.load()).principal)).result).toBeNull()
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test('a record under an older secret is checked at once (counterexample `old-seal`)', async () => {
    const { sessions, store, clock } = revocable()
    const browser = client(sessions)
    await browser.run((session) => session.login('user-42'))
    const after = createSessions({
      secrets: ['the second secret of the tests, 32', SECRET],
      store: sealedStore({ revocations: store }),
      clock,
    })
    store.reset()
    expect((await browser.copy().run(async (session) => (await session.load()).principal, { at: after })).result).toBe('user-42')
    expect(store.count('load')).toBe(1)
    // Whoever has the old secret seals what they like, but has no stub.
    const forger = createSessions({ secrets: [SECRET], store: sealedStore(), clock })
    const forged = client(forger)
    await forged.run((session) => session.login('administrator'))
    expect((await forged.run(async (session) => (await session.load()).principal, { at: after })).result).toBeNull()
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
    const pointer = browser.jar.get(ANONYMOUS_PART)!
    expect([...browser.jar.keys()], 'one cookie, and a short one').toEqual([ANONYMOUS_PART])
    expect(pointer.length).toBeLessThan(200)
    const { setCookies } = await browser.run((session) => session.delete('text'), { at: another() })
    expect(setCookies, 'the client holds all it needs').toEqual([])
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
    for (const [, line] of job.takeHeaders()) elsewhere.jar.set(...(line.split(';')[0]!.split('=') as [string, string]))
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

  test('a login there makes an older cookie worth nothing, at once', async () => {
    const { sessions } = revocable({ spill: true })
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('user-42')
      session.set('text', 'x'.repeat(2_000))
    })
    const thief = browser.copy()
    await browser.run((session) => session.rotate())
    expect((await thief.run(async (session) => (await session.load()).principal)).result).toBeNull()
    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('user-42')
  })

  test("another session's record in the store is none", async () => {
    const { sessions, store, clock } = revocable({ spill: true })
    const names: string[] = []
    store.before('create', ({ args }) => void names.push((args[0] as StoredRecord).id))
    const [one, other] = [client(sessions), client(sessions)]
    for (const [i, browser] of [one, other].entries()) {
      await browser.run((session) => {
        session.set('of', i)
        session.set('text', 'x'.repeat(2_000))
      })
    }
    const call = { now: clock.now(), signal: new AbortController().signal }
    const ofOther = (await store.load(names[1]!, call))!
    await store.delete(names[0]!, call)
    await store.create({ ...ofOther, id: names[0]! }, call)
    expect((await one.run((session) => session.get('of'))).result).toBeUndefined()
    expect((await other.run((session) => session.get('of'))).result).toBe(1)
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
    const { sessions } = sealed(sealedStore({ spill: store, maxCharacters: 100 }))
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
  [{ maxCharacters: 0 }, 'ERR_SESSION_OPTIONS'],
  [{ maxCharacters: 7_001 }, 'ERR_SESSION_OPTIONS'],
  [{ spill: {} }, 'ERR_SESSION_OPTIONS'],
] as const)('sealedStore(%j) is refused at start', (options, expected) => {
  expect(() => sealedStore(options as never)).toThrow(code(expected))
})
