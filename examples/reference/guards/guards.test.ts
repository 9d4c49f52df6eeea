import type { RequestListener } from 'node:http'
import { signIn } from 'sojourn/testing'
import { expect, test } from 'vitest'
import { fetchRaw } from '../../../test/frameworks/node/raw-client.ts'
import { serve } from '../../../test/frameworks/node/server.ts'
import { app as express } from './express.ts'
import { app as fastify } from './fastify.ts'
import fetchStyle from './fetch.ts'
import { app as h3 } from './h3.ts'
import { app as hono } from './hono.ts'
import { app as koa } from './koa.ts'
import { auth, sessions } from './members.ts'
import { server } from './node.ts'

/** Asks for the account, and tells the status with the place it leads to, or what it says. */
type Ask = (method: string, headers: Record<string, string>) => Promise<string>

function over(listener: RequestListener): Ask {
  return async (method, headers) => {
    await using running = await serve(listener)
    const answer = await fetchRaw(running.port, { method, path: '/account', headers })
    return `${answer.status} ${answer.header('location') ?? answer.body}`
  }
}

function inProcess(handle: (request: Request) => Response | Promise<Response>): Ask {
  return async (method, headers) => {
    const response = await handle(new Request('http://localhost/account', { method, headers }))
    return `${response.status} ${response.headers.get('location') ?? (await response.text())}`
  }
}

const applications: Readonly<Record<string, Ask>> = {
  express: over(express),
  fastify: over((request, response) => void fastify.ready(() => fastify.routing(request, response))),
  koa: over((request, response) => void koa.callback()(request, response)),
  node: over(server.listeners('request')[0] as RequestListener),
  hono: inProcess(async (request) => hono.fetch(request)),
  h3: inProcess((request) => h3.fetch(request)),
  fetch: inProcess(fetchStyle.fetch),
}

test.each(Object.entries(applications))('%s lets members see their account, and refuses what another site sends', async (_name, ask) => {
  expect(await ask('GET', { 'Sec-Fetch-Mode': 'navigate' })).toBe('303 /sign-in?next=%2Faccount')
  const { cookie } = await signIn(sessions, (session) => auth.loginWithoutPassword(session, { id: 'user-42' }))
  expect(await ask('GET', { cookie })).toBe('200 Your account')
  expect(await ask('POST', { cookie, 'Sec-Fetch-Site': 'cross-site' })).toMatch(/^403 /)
})
