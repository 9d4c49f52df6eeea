/** `response.end(await page(session))` looks up `end` before the page changes its session: said, instead of bytes that are no response. */
import express from 'express'
import { expect, test } from 'vitest'
import { session as expressSession } from '../../../src/frameworks/express.ts'
import { session as nodeSession } from '../../../src/frameworks/node/index.ts'
import { createSessions, isSojournError } from '../../../src/index.ts'
import type { Session } from '../../../src/index.ts'
import { fetchRaw } from './raw-client.ts'
import { serve } from './server.ts'

async function page(session: Session): Promise<string> {
  await session.load()
  session.increment('visits')
  return 'the page'
}

test.each(['end', 'write'] as const)('node: response.%s', async (method) => {
  const errors: unknown[] = []
  const listener = nodeSession(
    createSessions({ development: true }),
    async (_request, response, session) => {
      response[method](await page(session))
      response.end()
    },
    (error, _request, response) => {
      errors.push(error)
      response.statusCode = 500
      response.end('sorry')
    },
  )
  await using server = await serve(listener)
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.body]).toEqual([500, 'sorry'])
  expect(errors.map((error) => isSojournError(error) && error.code)).toEqual(['ERR_SESSION_HEADERS_SENT'])
})

test('express: res.end fails, res.send does not', async () => {
  const sessions = createSessions({ development: true })
  const app = express()
  app.use(expressSession(sessions))
  app.get('/end', async (req, res) => void res.end(await page(sessions.open(req))))
  app.get('/send', async (req, res) => void res.send(await page(sessions.open(req))))
  app.use(((error, _req, res, _next) => void res.status(500).send(isSojournError(error) && error.code)) as express.ErrorRequestHandler)
  await using server = await serve(app)
  const [ended, sent] = [await fetchRaw(server.port, { path: '/end' }), await fetchRaw(server.port, { path: '/send' })]
  expect([ended.status, ended.body]).toEqual([500, 'ERR_SESSION_HEADERS_SENT'])
  expect([sent.status, sent.body]).toEqual([200, 'the page'])
})
