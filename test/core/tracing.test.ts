import { tracingChannel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Trace } from '../../src/core/basics/tracing.ts'
import type { CommitTrace, LoadTrace, LoginTrace, StoreTrace } from '../../src/index.ts'
import { createSessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { SECRET, application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { remoteStore } from '../_support/remote-store.ts'

type AnyTrace = LoadTrace | CommitTrace | LoginTrace | StoreTrace
type Phase = 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** What is published on some channels, in order. */
function watch(...names: ('load' | 'commit' | 'login' | 'store')[]): { readonly phases: string[]; readonly messages: AnyTrace[] } {
  const heard = { phases: [] as string[], messages: [] as AnyTrace[] }
  for (const name of names) {
    const phase = (which: Phase) => (message: AnyTrace) => {
      heard.phases.push(`${name} ${which}`)
      if (which === 'start') heard.messages.push(message)
    }
    const subscribers = {
      start: phase('start'),
      end: phase('end'),
      asyncStart: phase('asyncStart'),
      asyncEnd: phase('asyncEnd'),
      error: phase('error'),
    }
    const channel = tracingChannel<unknown, AnyTrace>(`sojourn:${name}`)
    channel.subscribe(subscribers)
    stops.push(() => channel.unsubscribe(subscribers))
  }
  return heard
}

describe('the order of what is published', () => {
  test('a store that has its results at once: start and end, and nothing waits', async () => {
    const sessions = createSessions({ secrets: [SECRET], development: true })
    const heard = watch('commit', 'store')
    const session = sessions.open({ headers: {} })
    session.set('theme', 'dark')
    await session.commit()
    expect(heard.phases).toEqual(['commit start', 'store start', 'store end', 'commit end'])
    expect(heard.messages.map(({ waits }) => waits)).toEqual([false, false])
  })

  test('a store that waits: the results come after `end`', async () => {
    const { sessions } = application({}, remoteStore())
    const heard = watch('commit')
    const session = sessions.open({ headers: {} })
    session.set('theme', 'dark')
    const committing = session.commit()
    expect(heard.phases).toEqual(['commit start', 'commit end'])
    expect(heard.messages[0]).toMatchObject({ waits: true, result: undefined })
    await committing
    expect(heard.phases).toEqual(['commit start', 'commit end', 'commit asyncStart', 'commit asyncEnd'])
    expect(heard.messages[0]).toMatchObject({ result: 'created', attempts: 1, operations: 1 })
  })

  test('a call that fails', async () => {
    const { sessions, store } = application()
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    const heard = watch('load', 'store')
    store.before('load', () => {
      throw new Error('the disk is full of secrets')
    })
    await expect(browser.run((session) => session.load())).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(heard.phases.filter((phase) => phase.endsWith('error'))).toEqual(['store error', 'load error'])
    expect(heard.messages.map(({ error }) => (error as { code?: string }).code)).toEqual(['ERR_SESSION_STORE', 'ERR_SESSION_STORE'])
  })

  test('with listeners everything is answered as without', async () => {
    watch('load', 'commit', 'login', 'store')
    const { sessions } = application()
    const browser = client(sessions)
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.increment('visits'))
    const { result } = await browser.run(async (session) => [await session.get('visits'), session.principal])
    expect(result).toEqual([1, 'alice'])
  })
})

describe('what messages say', () => {
  test('which session, and what became of the commit', async () => {
    const { sessions } = application()
    const heard = watch('load', 'commit', 'login')
    const browser = client(sessions)
    await browser.run((session) => session.set('theme', 'dark'))
    await browser.run((session) => session.get('theme'))
    await browser.run((session) => session.login('alice'))
    await browser.run((session) => session.logout())
    const id = heard.messages.find((message): message is LoadTrace => 'id' in message && message.id !== undefined)!.id
    const [saved, signedIn, ended] = heard.messages.filter((message): message is CommitTrace => 'result' in message)
    expect(saved).toMatchObject({ result: 'created', id })
    expect(signedIn).toMatchObject({ result: 'written', id })
    expect(ended).toMatchObject({ result: 'ended', id, operations: 0 })
    const login = heard.messages.find((message): message is LoginTrace => 'again' in message)
    expect(login).toMatchObject({ again: false, id })
    expect(login!.principal).toBe('alice')
  })

  test('a merge, and a write that came too late', async () => {
    const store = memoryStore()
    const options = { secrets: [SECRET], store, development: true }
    const [here, there] = [createSessions(options), createSessions(options)]
    const browser = client(here)
    await browser.run((session) => session.set('theme', 'dark'))
    const [one, other] = [browser.open(here), browser.open(there)]
    await Promise.all([one.load(), other.load()])
    one.increment('visits')
    other.increment('visits')
    await one.commit()
    const heard = watch('commit')
    await other.commit()
    expect(heard.messages[0]).toMatchObject({ result: 'merged', attempts: 2 })
    const late = browser.open()
    await late.load()
    await here.revoke(late.id!)
    late.increment('visits')
    await late.commit()
    expect(heard.messages[1]).toMatchObject({ result: 'dropped', attempts: 0 })
  })

  test('which call of which store', async () => {
    const { sessions } = application()
    const heard = watch('store')
    await client(sessions).run((session) => session.login('alice'))
    await sessions.of('alice').revokeAll()
    const calls = heard.messages.map((message) => message as StoreTrace)
    expect(calls.map(({ operation }) => operation)).toEqual([
      'principals.epoch',
      'create',
      'principals.epoch',
      'principals.raise',
      'principals.list',
      'principals.deleteMany',
      'notices.publish',
      'principals.list',
    ])
    expect(new Set(calls.map(({ engine }) => engine))).toEqual(new Set(['memory']))
  })

  test('whose sessions they are', async () => {
    const [shop, admin] = ['shop', 'admin'].map((name) => createSessions({ secrets: [SECRET], development: true, name }))
    const heard = watch('load')
    await shop!.open({ headers: {} }).load()
    expect(heard.messages[0]!.application).toBe('shop')
    expect([shop!, admin!].map((sessions) => heard.messages[0]!.isOf(sessions))).toEqual([true, false])
  })

  test('no token, no data, and who is signed in only if somebody asks', async () => {
    const { sessions } = application()
    const heard = watch('load', 'commit', 'login', 'store')
    const browser = client(sessions)
    await browser.run(async (session) => {
      await session.login('alice-the-principal')
      session.set('theme', 'a-value-of-the-data')
    })
    await browser.run((session) => session.get('theme'))
    expect(heard.messages.length).toBeGreaterThan(5)
    const token = browser.jar.values().next().value!
    for (const message of heard.messages) {
      const shown = `${inspect(message, { depth: 9, showHidden: true })} ${JSON.stringify(message)} ${JSON.stringify(Object.entries(message))}`
      expect(shown).not.toContain(token)
      expect(shown).not.toContain('a-value-of-the-data')
      expect(shown).not.toContain('alice-the-principal')
    }
    expect(heard.messages.map((message) => 'principal' in message && message.principal)).toContain('alice-the-principal')
  })
})

describe('where nobody listens', () => {
  test('no message is made', async () => {
    const { sessions } = application()
    const run = vi.spyOn(Trace.prototype, 'run')
    stops.push(() => run.mockRestore())
    await client(sessions).run((session) => session.login('alice'))
    expect(run).not.toHaveBeenCalled()
    watch('load', 'commit', 'login', 'store')
    await client(sessions).run((session) => session.login('alice'))
    expect(run).toHaveBeenCalled()
  })

  test('a commit that has nothing to save is none', async () => {
    const { sessions } = application()
    const heard = watch('commit')
    const session = sessions.open({ headers: {} })
    await session.load()
    await session.commit()
    expect(heard.messages).toEqual([])
  })
})
