import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { application, code, settled, stopAt } from '../_support/application.ts'
import type { Application, Stop } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

interface Group extends Application {
  /** A commit in flight; what is committed now waits behind it and is written together. */
  readonly leading: Promise<void>
  readonly write: Stop
  /** Other handles of the same session, loaded. */
  readonly members: Session[]
  /** The same browser at another process. */
  readonly elsewhere: Client<Record<string, unknown>>
  read(key: string): Promise<unknown>
}

async function behindOneInFlight(options: { readonly members: number; readonly signal?: AbortSignal }): Promise<Group> {
  const app = application()
  const browser = client(app.sessions)
  await browser.run((session) => session.set('visits', 0))
  const [leader, ...members] = Array.from({ length: options.members + 1 }, () => browser.open())
  for (const session of [leader!, ...members]) await session.load()
  const write = stopAt(1)
  app.store.before('update', write.hook)
  leader!.increment('visits')
  const leading = leader!.commit(options.signal ? { signal: options.signal } : {})
  leading.catch(() => undefined)
  await write.reached
  const read = async (key: string): Promise<unknown> => (await browser.run((session) => session.get(key))).result
  return { ...app, leading, write, members, elsewhere: client(app.another(), browser.jar), read }
}

describe("counterexample `group-abort`: one member's signal is its own", () => {
  test('of the one whose write is in flight: it learns that the outcome is unknown, the others are saved', async () => {
    const controller = new AbortController()
    const { leading, write, members, read } = await behindOneInFlight({ members: 2, signal: controller.signal })
    for (const member of members) member.increment('visits')
    const others = members.map((member) => member.commit())
    await settled()
    controller.abort()
    await expect(leading).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
    write.release()

    await Promise.all(others)
    expect(await read('visits')).toBe(3)
  })

  test('of one that waits: nothing of it is saved, and it can be committed again', async () => {
    const { write, members, read } = await behindOneInFlight({ members: 2 })
    const controller = new AbortController()
    const [impatient, patient] = members as [Session, Session]
    impatient.increment('visits')
    patient.increment('visits')
    const withdrawn = impatient.commit({ signal: controller.signal })
    const other = patient.commit()
    await settled()
    controller.abort()
    await expect(withdrawn).rejects.toThrow(code('ERR_SESSION_NOT_SAVED'))
    write.release()
    await other

    expect(await read('visits')).toBe(2)
    await impatient.commit()
    expect(await read('visits')).toBe(3)
  })

  test('of one in a group in flight: the group stays what it was, also when it is merged again', async () => {
    const { write, members, read, store, elsewhere } = await behindOneInFlight({ members: 3 })
    const controller = new AbortController()
    const [first, ...others] = members as [Session, Session, Session]
    for (const member of members) member.increment('visits')
    const aborted = first.commit({ signal: controller.signal })
    const rest = others.map((member) => member.commit())
    await settled()
    const second = stopAt(2)
    store.before('update', second.hook)
    write.release()
    await second.reached
    controller.abort()
    await expect(aborted).rejects.toThrow(code('ERR_SESSION_OUTCOME_UNKNOWN'))
    await elsewhere.run((session) => session.increment('visits'))
    second.release()

    await Promise.all(rest)
    expect(await read('visits'), 'what was aborted in flight is saved with the others').toBe(5)
  })

  test('of a process, which outlives its commits, keeps none of them', async () => {
    const { signal } = new AbortController()
    const { leading, write, members } = await behindOneInFlight({ members: 2, signal })
    for (const member of members) member.increment('visits')
    const others = members.map((member) => member.commit({ signal }))
    await settled()
    expect(getEventListeners(signal, 'abort')).toHaveLength(3)
    write.release()
    await Promise.all([leading, ...others])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('one that was aborted before is not begun', async () => {
    const { leading, write, members, read } = await behindOneInFlight({ members: 1 })
    members[0]!.increment('visits')
    await expect(members[0]!.commit({ signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_SESSION_NOT_SAVED'))
    write.release()
    await leading
    expect(await read('visits')).toBe(1)
  })
})

describe("counterexample `group-throw`: what one member throws is that member's error alone", () => {
  test.each([
    ['update(fn) throws', (session: Session) => session.update('cart', thrower), expect.objectContaining({ message: 'no cart' })],
    ['update(fn) makes what cannot be stored', (session: Session) => session.update('cart', () => thrower), code('ERR_SESSION_VALUE_TYPE')],
    ['a text is incremented', (session: Session) => session.increment('name'), code('ERR_SESSION_NOT_A_NUMBER')],
  ])('%s', async (_what, spoil, error) => {
    const { leading, write, members, read, store } = await behindOneInFlight({ members: 4 })
    const [before, spoiler, after, last] = members as [Session, Session, Session, Session]
    before.increment('visits')
    before.set('name', 'text')
    spoiler.set('half', 'done')
    spoil(spoiler)
    after.increment('visits')
    last.set('other', true)
    const commits = members.map((member) => member.commit())
    await settled()
    commits[1]!.catch(() => undefined)
    store.reset()
    write.release()
    await leading

    await expect(commits[1]).rejects.toThrow(error as Error)
    await Promise.all([commits[0], commits[2], commits[3]])
    expect(store.count('update'), 'they were written together').toBe(1)
    expect([await read('visits'), await read('other')]).toEqual([3, true])
    expect(await read('half'), 'a draft is all or nothing').toBe(undefined)
  })

  test('if it is alone, nothing is written', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('visits', 1))
    store.reset()
    await expect(browser.run((session) => session.update('cart', thrower))).rejects.toThrow('no cart')
    expect(store.count('update')).toBe(0)
  })
})

describe('a group in which one member is owed a token', () => {
  test('that member gets it, and no other', async () => {
    const { sessions, clock, store } = application({ rotateEvery: '10m', idleTimeout: '1d' })
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    const leader = await browser.open().load()
    clock.advance('11m')
    const [due, late] = [await browser.open().load(), await browser.open().load()]
    const write = stopAt(1)
    store.before('update', write.hook)
    leader.set('leader', true)
    const leading = leader.commit()
    await write.reached
    due.set('due', true)
    late.set('late', true)
    const commits = [due.commit(), late.commit()]
    await settled()
    store.reset()
    write.release()
    await Promise.all([leading, ...commits])

    expect(store.count('update'), 'they were written together').toBe(1)
    expect([leader.takeHeaders(), late.takeHeaders()]).toEqual([[], []])
    const [line] = due.takeHeaders()
    const { principal, data } = await sessions.open({ headers: { cookie: line![1].split(';')[0]! } }).load()
    expect([principal, data]).toEqual(['alice', { leader: true, due: true, late: true }])
  })
})

function thrower(): never {
  throw new Error('no cart')
}
