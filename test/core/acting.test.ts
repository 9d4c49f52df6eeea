import { describe, expect, test } from 'vitest'
import type { SessionEvents, SessionsOptions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { application, code } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

const WHY = { reason: 'ticket 4711' }

/** A clerk in a browser, and the events of what happens next. */
async function withClerk(
  options: SessionsOptions & { readonly schema?: never } = {},
): Promise<Application & { readonly clerk: Client<Record<string, unknown>>; readonly told: unknown[] }> {
  const app = application(options)
  const clerk = client(app.sessions)
  await clerk.run(async (session) => {
    await session.login('clerk')
    session.set('tab', 'customers')
  })
  const told: unknown[] = []
  const names: (keyof SessionEvents)[] = ['created', 'loaded', 'touched', 'rotated', 'login', 'actingStarted', 'logout', 'revoked']
  for (const name of names) app.sessions.on(name, (event) => told.push({ name, ...event }))
  return { ...app, clerk, told }
}

async function who(browser: Client<Record<string, unknown>>): Promise<unknown[]> {
  return (await browser.run(async (session) => [(await session.load()).principal, session.actor])).result
}

describe('acting for somebody', () => {
  test('is a session of its own, and the own one comes back', async () => {
    const { clerk } = await withClerk()
    const own = (await clerk.run(async (session) => (await session.load()).id)).result
    const { setCookies } = await clerk.run(async (session) => {
      session.set('tab', 'tickets')
      await session.actAs('ada', WHY)
      expect([session.principal, session.actor]).toEqual(['ada', 'clerk'])
    })
    expect(setCookies.join(), 'never remembered').not.toContain('Max-Age')
    await clerk.run(async (session) => {
      await session.load()
      expect(session.id).not.toBe(own)
      expect([session.principal, session.actor, session.data, session.remember]).toEqual(['ada', 'clerk', {}, false])
      expect(session.authenticatedAt, 'proved nothing').toBe(undefined)
    })
    await clerk.run((session) => session.stopActing())
    await clerk.run(async (session) => {
      await session.load()
      expect([session.id, session.principal, session.actor, session.data]).toEqual([own, 'clerk', undefined, { tab: 'tickets' }])
    })
  })

  test('ends with stopActing: its token leads nowhere, and the own one is new', async () => {
    const { clerk } = await withClerk()
    const before = clerk.copy()
    await clerk.run((session) => session.actAs('ada', WHY))
    const acting = clerk.copy()
    await clerk.run((session) => session.stopActing())
    expect(await who(acting)).toEqual([null, undefined])
    expect(await who(before)).toEqual([null, undefined])
    await clerk.run((session) => session.stopActing())
    expect(await who(clerk)).toEqual(['clerk', undefined])
  })

  test('lasts as long as was asked for, an hour at most, however busy the session is', async () => {
    const { clerk, clock } = await withClerk({ idleTimeout: '40m' })
    await expect(clerk.run((session) => session.actAs('ada', { ...WHY, for: '61m' }))).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
    await clerk.run((session) => session.actAs('ada', { ...WHY, for: '1h' }))
    clock.advance('35m')
    expect(await who(clerk)).toEqual(['ada', 'clerk'])
    clock.advance('24m')
    expect(await who(clerk), 'also the own session was kept alive').toEqual(['ada', 'clerk'])
    clock.advance('2m')
    expect(await who(clerk)).toEqual([null, undefined])
  })

  test('needs a reason, somebody who is signed in, and somebody else', async () => {
    const { clerk, sessions } = await withClerk()
    for (const options of [{ reason: ' ' }, { reason: 'x'.repeat(257) }, {}]) {
      await expect(clerk.run((session) => session.actAs('ada', options as typeof WHY))).rejects.toThrow(code('ERR_SESSION_OPTIONS'))
    }
    await expect(clerk.run((session) => session.actAs('clerk', WHY))).rejects.toThrow(code('ERR_SESSION_ACTING'))
    await expect(client(sessions).run((session) => session.actAs('ada', WHY))).rejects.toThrow(code('ERR_SESSION_ACTING'))
    expect(await who(clerk)).toEqual(['clerk', undefined])
  })

  test('is not nested', async () => {
    const { clerk } = await withClerk()
    await clerk.run((session) => session.actAs('ada', WHY))
    await expect(clerk.run((session) => session.actAs('bob', WHY))).rejects.toThrow(code('ERR_SESSION_ACTING'))
    expect(await who(clerk)).toEqual(['ada', 'clerk'])
  })

  test('is shown to the owner', async () => {
    const { clerk, sessions } = await withClerk()
    await client(sessions).run((session) => session.login('ada'))
    await clerk.run((session) => session.actAs('ada', WHY))
    const list = await sessions.of('ada').list()
    expect(new Set(list.map(({ actor }) => actor))).toEqual(new Set(['clerk', undefined]))
    expect((await sessions.of('clerk').list()).map(({ actor }) => actor)).toEqual([undefined])
  })

  test('is told with both ids, and is no login of the owner', async () => {
    const { clerk, told, clock, sessions } = await withClerk()
    await clerk.run((session) => session.actAs('ada', { ...WHY, for: '50m' }))
    expect(told.at(-1)).toMatchObject({
      name: 'actingStarted',
      principal: 'ada',
      actor: 'clerk',
      reason: 'ticket 4711',
      until: clock.now() + 3_000_000,
    })
    clock.advance('10m')
    await clerk.run((session) => session.rotate())
    await who(clerk)
    await sessions.of('ada').revokeAll()
    const about = (told as { name: string; principal: string; actor?: string }[]).filter(({ principal }) => principal === 'ada')
    expect(new Set(about.map(({ name }) => name))).toEqual(new Set(['created', 'actingStarted', 'loaded', 'touched', 'rotated', 'revoked']))
    expect(about.every(({ actor }) => actor === 'clerk')).toBe(true)
    expect((told as { principal: string; actor?: string }[]).some(({ principal, actor }) => principal === 'clerk' && actor)).toBe(false)
  })

  test.each(['ada', 'clerk'])('ends when all sessions of %s are revoked', async (principal) => {
    const { clerk, sessions } = await withClerk()
    await clerk.run((session) => session.actAs('ada', WHY))
    const live = await clerk.open().live()
    await sessions.of(principal).revokeAll()
    expect(await who(clerk)).toEqual([null, undefined])
    await expect.poll(() => live.ended).toBe('revoked')
    await clerk.run((session) => session.stopActing())
    expect(await who(clerk), 'nothing comes back').toEqual([null, undefined])
    expect(await sessions.of('ada').list()).toEqual([])
  })

  test('is refused if the sessions of the principal are revoked meanwhile', async () => {
    const { clerk, sessions } = await withClerk()
    const acting = clerk.run(async (session) => {
      await session.actAs('ada', WHY)
      await sessions.of('ada').revokeAll()
    })
    await expect(acting).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect(await who(clerk)).toEqual(['clerk', undefined])
  })

  test('cannot begin, or lead back, in a request whose session ended or got a new token meanwhile', async () => {
    const { clerk, sessions } = await withClerk()
    const slow = clerk.open()
    await slow.load()
    await clerk.run((session) => session.rotate())
    await expect(slow.actAs('ada', WHY)).rejects.toThrow(code('ERR_SESSION_SUPERSEDED'))
    await clerk.run((session) => session.actAs('ada', WHY))
    const late = clerk.open()
    await late.load()
    await sessions.revoke(late.id!)
    await expect(late.stopActing()).rejects.toThrow(code('ERR_SESSION_GONE'))
  })

  test.each(['logout', 'destroy'] as const)('%s ends both sessions', async (end) => {
    const { clerk, sessions } = await withClerk()
    await clerk.run((session) => session.actAs('ada', WHY))
    await clerk.run((session) => session[end]())
    expect(await who(clerk)).toEqual([null, undefined])
    expect([await sessions.of('ada').list(), await sessions.of('clerk').list()]).toEqual([[], []])
  })

  test('never becomes a sign-in of the owner', async () => {
    const { clerk, sessions } = await withClerk()
    await clerk.run((session) => session.actAs('ada', WHY))
    const acting = clerk.copy()
    await clerk.run((session) => session.login('ada'))
    expect(await who(clerk)).toEqual(['ada', undefined])
    expect(await who(acting)).toEqual([null, undefined])
    expect(await sessions.of('clerk').list()).toEqual([])
  })

  test('takes no place among the sessions that the principal may have', async () => {
    const { clerk, sessions } = await withClerk({ maxSessionsPerPrincipal: 1 })
    const ada = client(sessions)
    await ada.run((session) => session.login('ada'))
    await clerk.run((session) => session.actAs('ada', WHY))
    expect([await who(ada), await who(clerk)]).toEqual([
      ['ada', undefined],
      ['ada', 'clerk'],
    ])
  })

  test('works where tokens rotate by themselves', async () => {
    const { clerk, clock } = await withClerk({ rotateEvery: '10m', idleTimeout: '2h' })
    clock.advance('11m')
    await clerk.run((session) => session.actAs('ada', { ...WHY, for: '1h' }))
    for (let round = 0; round < 3; round++) {
      clock.advance('11m')
      expect(await who(clerk)).toEqual(['ada', 'clerk'])
    }
    await clerk.run((session) => session.stopActing())
    expect(await who(clerk)).toEqual(['clerk', undefined])
  })

  test('costs one more load for each request, and others nothing', async () => {
    const { clerk, store } = await withClerk()
    let count = 0
    store.before('load', () => void count++)
    const loads = async (): Promise<number> => {
      count = 0
      await who(clerk)
      return count
    }
    expect(await loads()).toBe(1)
    await clerk.run((session) => session.actAs('ada', WHY))
    expect(await loads()).toBe(2)
  })

  test('needs a store', async () => {
    const { clerk } = await withClerk({ store: sealedStore() })
    await expect(clerk.run((session) => session.actAs('ada', WHY))).rejects.toThrow(code('ERR_SESSION_CAPABILITY'))
  })
})
