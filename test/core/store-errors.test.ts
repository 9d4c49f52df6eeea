/** One scheme of names: what an event calls an operation is what the store contract, and a scripted store, call it. */
import { expect, test } from 'vitest'
import type { StoreOperation } from '../../src/testing/index.ts'
import { application, settled } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import type { Sessions } from '../../src/index.ts'

interface Scene {
  readonly sessions: Sessions
  readonly browser: Client<Record<string, unknown>>
  /** Of the signed-in session. */
  readonly id: string
  advance(duration: '10m'): void
}

const provoke: Readonly<Partial<Record<StoreOperation, (scene: Scene) => Promise<unknown>>>> = {
  load: ({ browser }) => browser.run((session) => session.get('cart')),
  create: ({ sessions }) => client(sessions).run((session) => session.set('cart', 'full')),
  update: ({ browser }) => browser.run((session) => session.set('cart', 'full')),
  touch: async ({ browser, advance }) => {
    advance('10m')
    await browser.run((session) => session.get('cart'))
    await settled()
  },
  delete: ({ sessions, id }) => sessions.revoke(id),
  'principals.list': ({ sessions }) => sessions.of('alice').list(),
  'principals.deleteMany': ({ sessions }) => sessions.of('alice').revokeAll(),
  'principals.epoch': ({ sessions }) => sessions.of('alice').begin(),
  'principals.raise': ({ sessions }) => sessions.of('alice').revokeAll(),
  'sweeper.sweep': ({ sessions }) => sessions.sweep(),
  'notices.publish': ({ sessions, id }) => sessions.revoke(id),
}

test.each(Object.entries(provoke))('%s', async (operation, act) => {
  const { store, sessions, clock } = application()
  const browser = client(sessions)
  await browser.run((session) => session.login('alice'))
  const { id = '' } = await browser.open().load()
  const heard: unknown[] = []
  sessions.on('storeError', (event) => void heard.push(event))
  store.before(operation as StoreOperation, () => {
    throw new Error('down')
  })
  await act({ sessions, browser, id, advance: (duration) => void clock.advance(duration) }).catch(() => undefined)
  expect(heard[0]).toEqual({
    operation,
    code: 'ERR_SESSION_STORE',
    error: expect.objectContaining({ code: 'ERR_SESSION_STORE' }) as unknown,
  })
  expect(new Set(heard.map((event) => (event as { operation: string }).operation))).toEqual(new Set([operation]))
})
