/** Several processes count failed sign-ins at once, in one store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine } from '../_support/stores.ts'
import { identity } from '../_support/users.ts'
import type { Identity } from '../_support/users.ts'

const PROCESSES = 3

describe.each(sharedStores.filter(({ name, missing }) => !missing && ['SQLite', 'PostgreSQL', 'Redis'].includes(name)))(
  'guesses made at once, on $name',
  ({ start }) => {
    let engine: Engine
    let apps: Identity[]

    beforeAll(async () => {
      engine = await start()
      const limits = { account: { failures: 10, per: '1h' }, address: { failures: 60, per: '1h' } } as const
      apps = await Promise.all(
        Array.from({ length: PROCESSES }, async () => identity({ throttle: limits }, {}, await openStore(engine.location))),
      )
    })

    afterAll(async () => {
      await Promise.all(apps.map(({ sessions }) => sessions.close()))
      await engine.stop()
    })

    async function guess(times: number, sign: (app: Identity, i: number) => Promise<unknown>): Promise<{ out: number; throttled: number }> {
      const answers = await Promise.allSettled(Array.from({ length: times }, (_, i) => sign(apps[i % PROCESSES]!, i)))
      const refused = answers.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'ERR_SESSION_THROTTLED' })
      return { out: times - refused.length, throttled: refused.length }
    }

    test('of 60 for one account exactly 10 are looked at', async () => {
      expect(await guess(60, ({ auth }) => auth.authenticate('alice', 'x'))).toEqual({ out: 10, throttled: 50 })
    })

    test('of 90 from one address exactly 60 are looked at', async () => {
      expect(await guess(90, ({ auth }, i) => auth.authenticate(`name ${i}`, 'x', { address: '192.0.2.1' }))).toEqual({
        out: 60,
        throttled: 30,
      })
    })
  },
)
