import { describe, expect, test } from 'vitest'
import { application, settled, stopAt } from '../_support/application.ts'
import { client } from '../_support/client.ts'

describe('counterexample `update-undoes-touch`: deadlines are computed anew at every attempt', () => {
  test('a write that read the record before a touch does not take the touch back', async () => {
    const { sessions, clock, another } = application({ idleTimeout: '30m' })
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 1))
    const slow = browser.open(another())
    await slow.load()
    clock.advance('10m')
    await browser.run((session) => session.get('visits'))
    await settled()
    slow.set('visits', 2)
    await slow.commit()
    clock.advance('25m')

    expect((await browser.run((session) => session.get('visits'))).result).toBe(2)
  })

  test('a write that had to be merged counts from its last attempt', async () => {
    const { sessions, store, clock, another } = application({ idleTimeout: '30m' })
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 1))
    const write = stopAt(1)
    store.before('update', write.hook)
    const slow = browser.run((session) => session.increment('visits'))
    await write.reached
    await browser.run((session) => session.increment('visits'), { at: another() })
    clock.advance('20m')
    write.release()
    await slow
    clock.advance('25m')

    expect((await browser.run((session) => session.get('visits'))).result).toBe(3)
  })

  test('and the absolute deadline is checked in the body too, whatever the store says', async () => {
    const { sessions, store, clock } = application({ idleTimeout: '30m', absoluteTimeout: '1h' })
    const browser = client(sessions)
    const { result: id } = await browser.run(async (session) => {
      session.set('visits', 1)
      await session.commit()
      return session.id!
    })
    const call = { now: clock.now(), signal: new AbortController().signal }
    const record = (await store.load(id, call))!
    await store.delete(id, call)
    await store.create({ ...record, expiresAt: clock.now() + 9e9, retainUntil: clock.now() + 9e9 }, call)
    clock.advance('59m')
    expect((await browser.run((session) => session.get('visits'))).result).toBe(1)
    clock.advance('1m')
    expect((await browser.run((session) => session.get('visits'))).result).toBe(undefined)
  })
})
