import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import expressSession from 'express-session'
import { expect, test } from 'vitest'
import session from '../../../src/frameworks/express-session/index.ts'
import { adoptExpressSession } from '../../../src/interop/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { OLD_SECRET, startOldApplication } from './application.ts'

test('the compatibility layer adopts what express-session itself has left: one import and one option, and nobody is signed out', async () => {
  const store = new expressSession.MemoryStore()
  const old = await startOldApplication(store)
  const jar = new Map<string, string>()
  await old.ask('/set/cart/[1]', jar)
  await old.ask('/login/42', jar)

  const app = express()
  app.use(
    session({
      secret: 'the secret of these tests, 32 or more',
      store: memoryStore(),
      cookie: { secure: false },
      principal: ({ passport }) => (passport as { user?: number } | undefined)?.user,
      adopt: [adoptExpressSession({ secrets: OLD_SECRET, store, data: (data) => data })],
    }),
  )
  app.get('/', (req, res) => {
    const { cookie: _, ...data } = req.session
    res.json(data)
  })
  app.get('/logout', (req, res, next) => req.session.destroy((error) => (error ? next(error) : res.json('out'))))
  const server = createServer(app)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const ask = async (path: string): Promise<unknown> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers: { cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
      if (line.includes('Max-Age=0')) jar.delete(name)
      else jar.set(name, value)
    }
    return response.json()
  }
  const kept = { cart: [1], passport: { user: 42 } }
  expect(await ask('/')).toEqual(kept)
  const copy = new Map(jar)
  expect(await ask('/')).toEqual(kept)
  expect(copy.has('connect.sid') && !jar.has('connect.sid')).toBe(true)
  expect(await ask('/logout')).toBe('out')
  expect(await ask('/')).toEqual({})
  expect(await old.ask('/read', copy)).toEqual({})
  server.closeAllConnections()
  server.close()
  await old.close()
})
