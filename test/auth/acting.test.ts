import { expect, test } from 'vitest'
import { code } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { identity } from '../_support/users.ts'
import type { Identity } from '../_support/users.ts'
import type { Guard } from '../../src/index.ts'

type Browser = Client<Record<string, unknown>>

/** `clerk` is user 1 and acts for `ada`, user 2. */
async function acting(): Promise<Identity & { readonly clerk: Browser; readonly ada: Browser }> {
  const app = identity()
  const [clerk, ada] = [client(app.sessions), client(app.sessions)]
  for (const [browser, name] of [
    [clerk, 'clerk'],
    [ada, 'ada'],
  ] as const) {
    const user = await app.add(name, `password of ${name}`)
    await browser.run((session) => app.auth.loginWithoutPassword(session, user))
  }
  await clerk.run((session) => session.actAs('2', { reason: 'ticket 4711' }))
  return { ...app, clerk, ada }
}

async function statusOf(browser: Browser, guard: Guard): Promise<number> {
  return (await browser.run(async (session) => (await guard({ headers: {} }, session))?.status ?? 200)).result
}

async function userOf({ auth }: Identity, browser: Browser): Promise<string | undefined> {
  return (await browser.run(async (session) => (await auth.user(session))?.email)).result
}

test('auth.user is the owner, and sensitive routes are closed to whoever acts', async () => {
  const app = await acting()
  const { auth, clerk, ada } = app
  expect(await userOf(app, clerk)).toBe('ada')
  const visitor = client(app.sessions)
  const statuses = async (guard: Guard): Promise<number[]> => [
    await statusOf(ada, guard),
    await statusOf(clerk, guard),
    await statusOf(visitor, guard),
  ]
  expect(await statuses(auth.requireLogin())).toEqual([200, 200, 401])
  expect(await statuses(auth.requireOwner())).toEqual([200, 403, 401])
  expect(await statuses(auth.requireFresh('10m'))).toEqual([200, 401, 401])
})

test('changePassword keeps no session that acts, and changes nothing then', async () => {
  const { auth, clerk, people } = await acting()
  const before = people.get('ada')!.hash
  const changing = clerk.run(async (session) => auth.changePassword((await auth.user(session))!, 'of the clerk', { except: session }))
  await expect(changing).rejects.toThrow(code('ERR_SESSION_ACTING'))
  expect(people.get('ada')!.hash).toBe(before)
})

test.each(['ada', 'clerk'])('it ends when %s is disabled', async (name) => {
  const app = await acting()
  app.people.get(name)!.locked = true
  expect(await userOf(app, app.clerk)).toBe(undefined)
})

test.each(['ada', 'clerk'])('it ends when %s gets a new password', async (name) => {
  const app = await acting()
  await app.auth.changePassword(app.people.get(name)!, 'another')
  expect(await userOf(app, app.clerk)).toBe(undefined)
})

test('nobody acts for a user who may not sign in, or who does not exist', async () => {
  const { clerk, people } = await acting()
  await clerk.run((session) => session.stopActing())
  people.get('ada')!.locked = true
  for (const id of ['2', '3']) {
    await expect(clerk.run((session) => session.actAs(id, { reason: 'ticket 4711' }))).rejects.toThrow(code('ERR_SESSION_PRINCIPAL'))
  }
})
