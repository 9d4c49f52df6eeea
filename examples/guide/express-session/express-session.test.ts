import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Express } from 'express'
import { expect, test } from 'vitest'

process.env['SESSION_SECRET'] = 'the secret of the guide, which is 32 characters or more'

async function visits(app: Express, visit: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.closeAllConnections()
  server.close()
}

test('the application of the guide counts visits', async () => {
  const { app } = await import('./app.ts')
  await visits(app, async (url) => {
    const first = await fetch(url)
    const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
    expect([await first.text(), await (await fetch(url, { headers: { cookie } })).text()]).toEqual(['Visit number 1', 'Visit number 2'])
  })
})

test('signs out everywhere', async () => {
  const { addAccount } = await import('./principal.ts')
  const app = express()
  addAccount(app)
  app.get('/login', (req, res) => {
    req.session.passport = { user: 'ada' }
    res.end()
  })
  app.get('/me', (req, res) => void res.json(req.session.passport ?? null))
  await visits(app, async (url) => {
    const cookie = (await fetch(`${url}/login`)).headers.getSetCookie()[0]!.split(';')[0]!
    const me = async (): Promise<string> => (await fetch(`${url}/me`, { headers: { cookie } })).text()
    expect(await me()).toBe('{"user":"ada"}')
    const signOut = async (site: string): Promise<number> => {
      const headers = { cookie, 'sec-fetch-site': site }
      return (await fetch(`${url}/account/sign-out-everywhere`, { method: 'POST', headers, redirect: 'manual' })).status
    }
    expect([await signOut('cross-site'), await me()]).toEqual([403, '{"user":"ada"}'])
    expect(await signOut('same-origin')).toBe(302)
    expect(await me()).toBe('null')
  })
})

test('a sign-in with a password that was changed meanwhile is none', async () => {
  const { addAccount, addLogin, middleware } = await import('./principal.ts')
  const app = express().set('env', 'test').use(express.json())
  addAccount(app)
  let meanwhile = async (): Promise<unknown> => undefined
  addLogin(app, async () => {
    await meanwhile()
    return true
  })
  await visits(app, async (url) => {
    const body = JSON.stringify({ id: 'ada', password: 'old' })
    const login = async (): Promise<Response> =>
      fetch(`${url}/login`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        redirect: 'manual',
      })
    expect((await login()).status).toBe(302)
    meanwhile = async () => middleware.sessions.of('ada').revokeAll()
    const refused = await login()
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([500, []])
    expect(await middleware.sessions.of('ada').list()).toEqual([])
  })
})

test('require gives the function', () => {
  expect(createRequire(import.meta.url)('sojourn/express-session')).toEqual(expect.any(Function))
})
