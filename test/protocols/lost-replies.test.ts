import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { SECRET, application, code, loseReply, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe('counterexample `lost-reply-1`: a write whose reply was lost is not done twice', () => {
  test('an increment counts once', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    store.after('update', loseReply(1))
    await browser.run((session) => session.increment('visits'))

    expect(store.count('update')).toBe(2)
    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })

  test('nor when the reply to the repetition is lost as well', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    store.after('update', ({ nth }) => {
      if (nth <= 2) throw new Error('connection reset')
    })
    await browser.run((session) => session.increment('visits'))

    expect(store.count('update')).toBe(3)
    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })

  test('one that did not get through is done once', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    store.before('update', loseReply(1))
    await browser.run((session) => session.increment('visits'))

    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })

  test("another's write on the same version is a conflict, not ours", async () => {
    const { sessions, store, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    store.before(
      'update',
      loseReply(1, async () => void (await browser.run((session) => session.increment('visits'), { at: another() }))),
    )
    await browser.run((session) => session.increment('visits'))

    expect((await browser.run((session) => session.get('visits'))).result).toBe(3)
  })

  test('a login is written once, under the token that is sent', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('cart', 'full'))
    store.after('update', loseReply(1))
    await browser.run((session) => session.login('alice'))

    expect((await browser.run(async (session) => (await session.load()).principal)).result).toBe('alice')
    expect(await sessions.of('alice').list()).toHaveLength(1)
  })

  test('what cannot be known is ERR_SESSION_OUTCOME_UNKNOWN, and is not tried again', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    const handle = browser.open()
    handle.increment('visits')
    store.after('update', () => {
      throw new Error('connection reset')
    })
    await expect(handle.commit()).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
    store.after('update')
    await handle.commit()

    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })

  test('where a reply cannot be lost, an error means that nothing was written, and the commit can be repeated', async () => {
    const store = scriptedStore(memoryStore(), { replies: 'certain' })
    const sessions = createSessions({ secrets: [SECRET], store })
    const browser = client(sessions)
    await browser.run((session) => session.increment('visits'))
    const handle = browser.open()
    handle.increment('visits')
    store.before('update', loseReply(1))
    await expect(handle.commit()).rejects.toThrow(code('ERR_SESSION_STORE'))
    await handle.commit()

    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })
})

describe('counterexample `lost-reply-2`: other writers in between do not hide our own write', () => {
  const others = async (writers: number): Promise<{ own: Promise<unknown>; visits: () => Promise<unknown> }> => {
    const { sessions, store, another } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 0))
    const elsewhere = another()
    store.after(
      'update',
      loseReply(1, async () => {
        for (let i = 0; i < writers; i++) await browser.run((session) => session.increment('visits'), { at: elsewhere })
      }),
    )
    const own = browser.run((session) => session.increment('visits'))
    return { own, visits: async () => (await browser.run((session) => session.get('visits'))).result }
  }

  test.each([1, 2, 7])('%i of them', async (writers) => {
    const { own, visits } = await others(writers)
    await own
    expect(await visits()).toBe(writers + 1)
  })

  test('after more than the record remembers the outcome is unknown, never applied twice', async () => {
    const { own, visits } = await others(8)
    await expect(own).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
    expect(await visits()).toBe(9)
  })
})

describe('counterexample `create-again`: a creation is repeated under a new id', () => {
  test('so that a session which was revoked in between stays dead', async () => {
    const { sessions, store, another } = application()
    const ids: string[] = []
    store.after('create', async ({ nth, args }) => {
      const { id } = args[0] as StoredRecord
      ids.push(id)
      if (nth > 1) return
      expect(await another().revoke(id)).toBe(true)
      throw new Error('connection reset')
    })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await settled()

    const { result } = await browser.run((session) => session.load())
    expect(ids).toHaveLength(2)
    expect(result.id).toBe(ids[1])
    expect(result.principal).toBe('alice')
    expect(await sessions.revoke(ids[0]!), 'it lives again').toBe(false)
  })

  test('and the one whose reply was lost does not stay behind', async () => {
    const { sessions, store } = application()
    store.after('create', loseReply(1))
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await settled()

    const { result: id } = await browser.run(async (session) => (await session.load()).id)
    expect((await sessions.of('alice').list()).map((info) => info.id)).toEqual([id])
  })

  test('a store that never answers ends in an error, without a cookie', async () => {
    const { sessions, store } = application()
    store.after('create', () => {
      throw new Error('connection reset')
    })
    const browser = client(sessions)
    await expect(browser.run((session) => session.login('alice'))).rejects.toThrow(code('ERR_SESSION_STORE'))
    await settled()
    expect(browser.jar.size).toBe(0)
    expect(await sessions.of('alice').list()).toEqual([])
  })
})
