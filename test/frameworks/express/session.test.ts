import express5 from 'express'
import type { NextFunction, Request, Response } from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { session } from '../../../src/frameworks/express.ts'
import { fetchRaw } from '../node/raw-client.ts'
import { serve } from '../node/server.ts'
import { slowSessions } from '../node/slow-store.ts'

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('session(sessions) on Express %s', (_version, express) => {
  it('puts the handle at req.session, the one that sessions.open(req) gives', async () => {
    const { sessions } = slowSessions('is saved')
    const app = express()
    app.use(session(sessions))
    app.get('/', (req, res) => {
      res.json((req as { session?: unknown }).session === sessions.open(req))
    })
    await using server = await serve(app)
    expect((await fetchRaw(server.port)).body).toBe('true')
  })

  it('leaves an untouched response alone', async () => {
    const { sessions, events } = slowSessions('is saved')
    const app = express()
    app.use(session(sessions))
    app.get('/', (_req, res) => {
      res.send(String(['writeHead', 'write', 'end', 'flushHeaders'].filter((name) => Object.hasOwn(res, name))))
    })
    await using server = await serve(app)
    const answer = await fetchRaw(server.port)
    expect([answer.body, answer.header('vary'), answer.header('cache-control'), answer.all('set-cookie')]).toEqual([
      '',
      undefined,
      undefined,
      [],
    ])
    expect(events).toEqual([])
  })

  it("a failed save reaches Express's own error page when there is no error handler", async () => {
    const { sessions } = slowSessions('is not saved')
    const app = express()
    app.set('env', 'production')
    app.use(session(sessions))
    app.post('/', (req, res) => {
      sessions.open(req).increment('visits')
      res.redirect('/next')
    })
    await using server = await serve(app)
    const answer = await fetchRaw(server.port, { method: 'POST', body: 'unread' })
    expect([answer.status, answer.header('location'), answer.all('set-cookie')]).toEqual([500, undefined, []])
    expect(answer.body).toContain('Internal Server Error')
  })

  it('a failed save reaches an error handler after the router that answered', async () => {
    const { sessions } = slowSessions('is not saved')
    const app = express()
    const router = express.Router()
    router.get('/', (req, res) => {
      sessions.open(req).increment('visits')
      res.send('meant')
    })
    app.use(session(sessions), router)
    app.use((error: { code?: string }, _req: Request, res: Response, _next: NextFunction) => {
      res.send(`failed: ${error.code}`)
    })
    await using server = await serve(app)
    const answer = await fetchRaw(server.port)
    expect([answer.status, answer.body]).toEqual([500, 'failed: ERR_SESSION_STORE'])
  })
})
