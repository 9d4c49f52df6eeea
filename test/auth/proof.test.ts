/** What was proved stays with the request that proved it, whatever objects of users are shared. */
import { describe, expect, test } from 'vitest'
import { createAuth } from '../../src/auth/index.ts'
import type { Auth } from '../../src/auth/index.ts'
import { application, code } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import { WEAK } from '../_support/users.ts'

interface User {
  readonly id: string
  password: string
}

/** Users as a Map or an identity map gives them, the same object each time, or as a database does. */
async function shop(shared: boolean): Promise<Application & { auth: Auth<User>; change: (password: string) => Promise<void> }> {
  const app = application()
  const alice: User = { id: 'alice', password: '' }
  const find = (): User => (shared ? alice : { ...alice })
  const auth = createAuth<User, Record<string, unknown>>({
    sessions: app.sessions,
    passwords: WEAK,
    users: {
      findByName: find,
      findById: find,
      savePassword: (_user, encoded) => void (alice.password = encoded),
      describe: (user) => user,
    },
  })
  alice.password = await auth.hashPassword('old')
  return { ...app, auth, change: (password) => auth.changePassword(find(), password) }
}

describe.each([true, false])('with objects of users that are shared: %s', (shared) => {
  test('a sign-in with the old password does not outlive the change of it (counterexample `shared-proof`)', async () => {
    const { auth, sessions, change } = await shop(shared)
    const [thief, owner] = [client(sessions), client(sessions)]
    const stolen = (await auth.authenticate('alice', 'old'))!
    await change('new')
    await owner.run(async (session) => auth.login(session, (await auth.authenticate('alice', 'new'))!))
    await expect(thief.run((session) => auth.login(session, stolen))).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
    expect((await thief.run((session) => auth.user(session))).result).toBeUndefined()
    expect((await owner.run((session) => auth.user(session))).result?.id).toBe('alice')
  })

  test('a sign-in of another kind later does not use up an old proof', async () => {
    const { auth, sessions, clock } = await shop(shared)
    const proof = (await auth.authenticate('alice', 'old'))!
    clock.advance('2h')
    const [late, passkey] = [client(sessions), client(sessions)]
    await passkey.run((session) => auth.loginWithoutPassword(session, proof.user))
    expect((await passkey.run((session) => auth.user(session))).result?.id).toBe('alice')
    await expect(late.run((session) => auth.login(session, proof))).rejects.toThrow(code('ERR_SESSION_LOGIN_REVOKED'))
  })
})

test('a shared object that holds a newer password by now proves that of then', async () => {
  const { auth, sessions } = await shop(true)
  const proof = (await auth.authenticate('alice', 'old'))!
  // Saved by another program, which ends no sessions here.
  proof.user.password = await auth.hashPassword('new')
  const browser = client(sessions)
  await browser.run((session) => auth.login(session, proof))
  expect((await browser.run((session) => auth.user(session))).result).toBeUndefined()
})

test.each([
  ['a user', { id: 'alice', password: '' }],
  ['a look-alike', { user: { id: 'alice', password: '' } }],
  ['nothing', undefined],
])('login and challenge take %s for no proof', async (_what, given) => {
  const { auth, sessions } = await shop(true)
  const browser = client(sessions)
  await expect(browser.run((session) => auth.login(session, given as never))).rejects.toThrow(code('ERR_SESSION_PROOF'))
  await expect(browser.run((session) => auth.challenge(session, given as never))).rejects.toThrow(code('ERR_SESSION_PROOF'))
  expect(browser.jar.size).toBe(0)
})
