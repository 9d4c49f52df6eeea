import { createSessions } from 'sojourn'
import type { Sessions } from 'sojourn'
import { expect, test } from 'vitest'
import { store } from './store.ts'

process.env['OLD_SECRET'] = 'the old secret, of 32 or more characters'
process.env['NEW_SECRET'] = 'the new secret, of 32 or more characters'

async function signIn(sessions: Sessions): Promise<string> {
  const handle = sessions.open({ headers: {} })
  await handle.login('ada')
  await handle.commit()
  return handle.takeHeaders()[0]![1].split(';')[0]!
}

const principal = async (sessions: Sessions, cookie: string): Promise<string | null> =>
  (await sessions.open({ headers: { cookie } }).load()).principal

test('a new secret comes in two steps: whatever step a process has taken, each reads the tokens of the others', async () => {
  const { first, second, third } = await import('./secrets.ts')
  const before = createSessions({ store, secrets: [process.env['OLD_SECRET']] })
  for (const [here, there] of [
    [before, first()],
    [first(), second()],
  ] as const) {
    for (const [issuer, reader] of [
      [here, there],
      [there, here],
    ] as const) {
      expect(await principal(reader, await signIn(issuer))).toBe('ada')
    }
  }
  expect(await principal(third(), await signIn(second()))).toBe('ada')
  expect(await principal(before, await signIn(second())), 'which is why it takes two').toBe(null)
})
