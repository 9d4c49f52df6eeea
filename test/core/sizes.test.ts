/** What one client can make a session hold is bounded by bytes. */
import { describe, expect, test } from 'vitest'
import { countForgotten } from '../../examples/guide/pages.ts'
import type { Sessions } from '../../src/index.ts'
import { application, code, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe('a whole record', () => {
  const small = { maxValueSize: 1_000, maxRecordSize: 4_000 }

  test.each([false, true])('is refused beyond maxRecordSize, however many keys share it (encrypted: %s)', async (encrypt) => {
    const { sessions } = application({ ...small, encrypt })
    const alice = client(sessions)
    for (let i = 0; i < 3; i++) await alice.run((session) => session.set(`key ${i}`, 'x'.repeat(900)))
    const error: unknown = await alice
      .run((session) => {
        session.set('biggest', 'x'.repeat(950))
        session.set('another', 'x'.repeat(940))
      })
      .catch((reason: unknown) => reason)
    expect(error).toEqual(code('ERR_SESSION_RECORD_SIZE'))
    expect((error as Error).message).toContain('"biggest" (952)')
    expect((error as Error).message).not.toContain('xxx')
    expect(await alice.open().get('biggest')).toBe(undefined)
    await alice.run((session) => session.delete('key 0'))
    await alice.run((session) => session.set('biggest', 'x'.repeat(950)))
    expect(await alice.open().get('key 2')).toHaveLength(900)
  })

  test('is refused when it is new', async () => {
    const { sessions, store } = application(small)
    const many = client(sessions).run((session) => {
      for (let i = 0; i < 5; i++) session.set(`key ${i}`, 'x'.repeat(900))
    })
    await expect(many).rejects.toThrow(code('ERR_SESSION_RECORD_SIZE'))
    expect(store.count('create')).toBe(0)
  })

  test('counts bytes, and not characters', async () => {
    const { sessions } = application(small)
    const write = (text: string): Promise<unknown> =>
      client(sessions).run((session) => {
        for (let i = 0; i < 4; i++) session.set(`key ${i}`, text)
      })
    await write('x'.repeat(900))
    await expect(write('€'.repeat(330))).rejects.toThrow(code('ERR_SESSION_RECORD_SIZE'))
  })

  test('of several commits at once fails only those that go beyond (counterexample `group-throw`)', async () => {
    const { sessions, store } = application(small)
    const alice = client(sessions)
    await alice.run((session) => session.set('cart', 'x'.repeat(900)))
    const stop = stopAt(1)
    store.before('update', stop.hook)
    const commits = [100, 950, 950, 950, 100].map((length, i) => {
      const session = alice.open()
      session.set(`key ${i}`, 'x'.repeat(length))
      return session.commit()
    })
    await stop.reached
    stop.release()
    const outcomes = await Promise.allSettled(commits)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect((await alice.open().load()).data).toMatchObject({ 'key 4': 'x'.repeat(100), 'key 2': 'x'.repeat(950) })
  })

  test.each([0, 999, 1.5, '1 MiB'])('maxRecordSize %j is told at start', (maxRecordSize) => {
    expect(() => application({ maxValueSize: 1_000, maxRecordSize: maxRecordSize as number })).toThrow(code('ERR_SESSION_OPTIONS'))
  })
})

describe('flash messages', () => {
  test('of which nobody takes any stay few: the oldest go', async () => {
    const { sessions } = application()
    const visitor = client(sessions)
    for (let i = 0; i < 60; i++) await visitor.run((session) => session.flash('error', `try ${i}`))
    const { result } = await visitor.run((session) => session.takeFlash('error'))
    expect([result.length, result[0], result.at(-1)]).toEqual([50, 'try 10', 'try 59'])
  })

  test('of one request stay few, too, in its own eyes', async () => {
    const { sessions } = application()
    const { result } = await client(sessions).run(async (session) => {
      for (let i = 0; i < 60; i++) session.flash('error', `try ${i}`)
      return session.takeFlash('error')
    })
    expect(result).toHaveLength(50)
  })

  test('take no more bytes than one value', async () => {
    const { sessions } = application({ maxValueSize: 1_000 })
    const visitor = client(sessions)
    for (const letter of 'abcdef') await visitor.run((session) => session.flash('error', letter.repeat(300)))
    expect((await visitor.run((session) => session.takeFlash('error'))).result.map((text) => text[0])).toEqual(['d', 'e', 'f'])
  })

  test.each<[what: string, type: string, message: string, error: 'ERR_SESSION_VALUE_SIZE' | 'ERR_SESSION_KEY']>([
    ['a long message', 'error', 'x'.repeat(1_000), 'ERR_SESSION_VALUE_SIZE'],
    ['one of wide letters', 'error', '€'.repeat(400), 'ERR_SESSION_VALUE_SIZE'],
    ['a long type', 'x'.repeat(257), 'hello', 'ERR_SESSION_KEY'],
  ])('%s is refused at once', async (_what, type, message, error) => {
    const { sessions } = application({ maxValueSize: 1_000 })
    await expect(client(sessions).run((session) => session.flash(type, message))).rejects.toThrow(code(error))
  })

  test('of many types are bounded by the whole record', async () => {
    const { sessions } = application({ maxValueSize: 1_000, maxRecordSize: 4_000 })
    const flood = client(sessions).run((session) => {
      for (let i = 0; i < 100; i++) session.flash(`type ${i}`, 'x'.repeat(100))
    })
    await expect(flood).rejects.toThrow(code('ERR_SESSION_RECORD_SIZE'))
  })
})

describe('twenty thousand sessions of one principal', () => {
  test('are listed, limited and ended', async () => {
    const { sessions, store, clock } = application()
    const another = (options: Parameters<typeof application>[0]): Sessions => application({ store, clock, ...options }).sessions
    for (let i = 0; i < 20_000; i++) {
      const session = sessions.open({ headers: {} })
      await session.login('alice')
      await session.commit()
    }
    expect(await sessions.of('alice').list()).toHaveLength(20_000)
    let [pages, listed] = [0, 0]
    for await (const page of sessions.of('alice').pages()) {
      pages++
      listed += page.length
      expect(page.length).toBeLessThanOrEqual(100)
    }
    expect([pages, listed]).toEqual([200, 20_000])
    expect(await countForgotten(sessions as never, 'alice')).toBe(0)
    const limited = another({ maxSessionsPerPrincipal: 5 })
    const last = limited.open({ headers: {} })
    await last.login('alice')
    await last.commit()
    expect((await sessions.of('alice').list()).map(({ id }) => id)).toContain((await last.load()).id)
    expect(await sessions.of('alice').list()).toHaveLength(5)
    for (let i = 0; i < 2_000; i++) {
      const session = sessions.open({ headers: {} })
      await session.login('alice')
      await session.commit()
    }
    const calls = store.count('principals.deleteMany')
    expect(await sessions.of('alice').revokeAll()).toBe(2_005)
    expect(store.count('principals.deleteMany') - calls).toBeGreaterThan(3)
    expect(await sessions.of('alice').list()).toEqual([])
  })
})
