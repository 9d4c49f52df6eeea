/** Behind a proxy Express knows the client's address by `trust proxy`; a list of sessions shows that one. */
import express from 'express'
import { expect, test } from 'vitest'
import { session } from '../../../src/frameworks/express.ts'
import { application } from '../../_support/application.ts'
import { serve } from '../node/server.ts'

const PROXIED = { headers: { 'X-Forwarded-For': '203.0.113.7' } }

test.each([
  [1, '203.0.113.7'],
  [false, '127.0.0.1'],
])('with trust proxy %j it is %s', async (trust, address) => {
  const { sessions } = application()
  const app = express().set('trust proxy', trust).use(session(sessions))
  app.get('/', async (req, res) => {
    await sessions.open(req).login('alice')
    res.send('in')
  })
  await using server = await serve(app)
  await fetch(`http://127.0.0.1:${server.port}/`, PROXIED)
  expect((await sessions.of('alice').list())[0]!.address).toBe(address)
})
