import express from 'express'
import theirs from 'express-session'
import { expect, test } from 'vitest'
import ours from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { adoptExpressSession } from '../../../src/interop/express-session/index.ts'
import { serve } from '../node/server.ts'
import type { AnyRequest } from './behaviours.ts'
import { browser } from './browser.ts'

test('a visitor of express-session goes on in the compatibility layer, signed in and with what there was', async () => {
  const [oldStore, oldSecret] = [new theirs.MemoryStore(), 'keyboard cat']
  const old = theirs({ secret: oldSecret, store: oldStore, resave: false, saveUninitialized: false })
  const middleware = ours({
    secret: 'the secret of these tests, 32 or more',
    store: memoryStore(),
    saveUninitialized: false,
    cookie: { secure: false },
    // Passport looks for its user among the data.
    adopt: [adoptExpressSession({ secrets: oldSecret, store: oldStore, data: (values) => values })],
  })
  const app = express()
  app.use((req, res, next) => (req.path.startsWith('/old') ? old(req, res, next) : middleware(req, res, next)))
  app.get('/old/login', (req, res) => {
    Object.assign(req.session, { passport: { user: 'ada' }, cart: ['tea'] })
    res.end()
  })
  app.get('/show', (req, res) => void res.json(Object.assign({}, req.session, { cookie: undefined })))
  app.get('/more', (req, res) => void res.json((req as unknown as AnyRequest).session['cart'].push('cake')))
  app.get('/logout', (req, res, next) => req.session.destroy((error) => (error ? next(error) : res.end())))
  await using server = await serve(app)
  const visitor = browser(server.port)
  await visitor.get('/old/login')
  expect(JSON.parse((await visitor.get('/show')).body)).toEqual({ passport: { user: 'ada' }, cart: ['tea'] })
  await visitor.get('/more')
  expect(JSON.parse((await visitor.get('/show')).body)).toEqual({ passport: { user: 'ada' }, cart: ['tea', 'cake'] })
  expect(await middleware.sessions.of('ada').list()).toHaveLength(1)
  await visitor.get('/logout')
  expect((await visitor.get('/show')).body).toBe('{}')
})
