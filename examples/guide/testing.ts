// #region clock
import { createSessions, memoryStore } from 'sojourn'
import { testClock } from 'sojourn/testing'

const clock = testClock()
const sessions = createSessions({ development: true, store: memoryStore(), idleTimeout: '30m', clock })

export async function endsAfterInactivity(): Promise<boolean> {
  const visit = sessions.open({ headers: {} })
  visit.set('cart', ['tea'])
  await visit.commit()
  const [, setCookie = ''] = visit.takeHeaders()[0] ?? []
  const cookie = setCookie.split(';')[0]!

  clock.advance('31m')
  return (await sessions.open({ headers: { cookie } }).get('cart')) === undefined
}
// #endregion
