import express from 'express'
import { createSessions, memoryStore } from 'sojourn'
import { session } from 'sojourn/express'
import { scriptedStore, signIn, testClock } from 'sojourn/testing'
import request from 'supertest'
import { expect, test } from 'vitest'

const secrets = ['the secret of these examples, 32 or more']

test('signIn', async () => {
  const sessions = createSessions<{ cart: string[] }>({ development: true })
  const app = express().use(session(sessions))
  app.get('/cart', async (req, res) => {
    const visit = await sessions.open(req).load()
    res.status(visit.principal === 'user-42' ? 200 : 401).json(await visit.get('cart'))
  })
  // #region signIn
  const { cookie } = await signIn(sessions, 'user-42', { cart: ['tea'] })
  await request(app).get('/cart').set('Cookie', cookie).expect(200)
  // #endregion
  await request(app).get('/cart').set('Cookie', cookie).expect(200, ['tea'])
  await request(app).get('/cart').expect(401)
})

test('testClock', async () => {
  const store = memoryStore()
  // #region testClock
  const clock = testClock()
  const sessions = createSessions({ secrets, store, clock })
  const { headers } = await signIn(sessions, 'user-42')
  clock.advance('31m') // its session has ended
  // #endregion
  expect((await sessions.open({ headers }).load()).principal).toBeNull()
})

test('scriptedStore', async () => {
  // #region scriptedStore
  const store = scriptedStore(memoryStore())
  store.after('update', ({ nth }) => {
    if (nth === 1) throw new Error('reply lost')
  })
  // #endregion
  const sessions = createSessions({ secrets, store })
  const { headers } = await signIn(sessions, 'user-42')
  for (const count of [1, 2]) {
    const session = sessions.open({ headers })
    session.increment('visits')
    await session.commit()
    expect(await session.get('visits')).toBe(count)
  }
  expect(store.count('update')).toBeGreaterThan(2)
})
