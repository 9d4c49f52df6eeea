import type { RequestListener } from 'node:http'
import * as h3Of1 from 'h3-1'
import { mount as mountInH3 } from 'sojourn/h3'
import { signIn } from 'sojourn/testing'
import { expect, test } from 'vitest'
import { fetchRaw } from '../../../test/frameworks/node/raw-client.ts'
import { serve } from '../../../test/frameworks/node/server.ts'
import { log } from './audit.ts'
import { operators } from './console.ts'
import { app as express } from './express.ts'
import { app as fastify } from './fastify.ts'
import fetchStyle from './fetch.ts'
import { app as h3 } from './h3.ts'
import { app as hono } from './hono.ts'
import { app as koa } from './koa.ts'
import { server } from './node.ts'
import { sessions } from './operators.ts'

/** What a request gets: its status, the lines of its `Set-Cookie`, where it leads to, and its body. */
interface Answer {
  readonly status: number | undefined
  readonly cookies: readonly string[]
  readonly location: string | undefined
  readonly policy: string | undefined
  readonly body: string
}
type Ask = (method: string, path: string, headers?: Record<string, string>) => Promise<Answer>

function over(listener: RequestListener): Ask {
  return async (method, path, headers = {}) => {
    await using running = await serve(listener)
    const { status, body, header, all } = await fetchRaw(running.port, { method, path, headers: { Host: 'shop.example', ...headers } })
    return { status, cookies: all('set-cookie'), location: header('location'), policy: header('content-security-policy'), body }
  }
}

function inProcess(handle: (request: Request) => Response | Promise<Response>): Ask {
  return async (method, path, headers = {}) => {
    const response = await handle(new Request(`https://shop.example${path}`, { method, headers }))
    const header = (name: string): string | undefined => response.headers.get(name) ?? undefined
    return {
      status: response.status,
      cookies: response.headers.getSetCookie(),
      location: header('location'),
      policy: header('content-security-policy'),
      body: await response.text(),
    }
  }
}

const applications: Readonly<Record<string, Ask>> = {
  express: over(express),
  fastify: over((request, response) => void fastify.ready(() => fastify.routing(request, response))),
  koa: over((request, response) => void koa.callback()(request, response)),
  node: over(server.listeners('request')[0] as RequestListener),
  hono: inProcess(async (request) => hono.fetch(request)),
  h3: inProcess((request) => h3.fetch(request)),
  'h3 1': over(
    h3Of1.toNodeListener(
      h3Of1
        .createApp()
        .use(h3Of1.eventHandler(mountInH3(operators)))
        .use(
          '/',
          h3Of1.eventHandler(() => 'The shop'),
        ),
    ),
  ),
  fetch: inProcess(async (request) => fetchStyle.fetch(request)),
}

const page = { accept: 'text/html' }
const form = { ...page, origin: 'https://shop.example', 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' }

test.each(Object.entries(applications))('%s: an operator finds a session in the console and ends it', async (_name, ask) => {
  expect((await ask('GET', '/')).body).toBe('The shop')
  expect((await ask('GET', '/consoles')).body).not.toContain('console.css')
  expect((await ask('GET', '/console', page)).status).toBe(403)
  expect((await ask('GET', '/console/assets/console.js')).body).toContain('DOMParser')

  const { cookie } = await signIn(sessions, 'olga')
  const { id } = await signIn(sessions, 'anna')

  const overview = await ask('GET', '/console', { cookie, ...page })
  expect(overview.status).toBe(200)
  expect(overview.policy).toContain("script-src 'self'")
  expect(overview.body).toContain('You are olga.')
  expect(await ask('GET', '/console/sessions?q=anna', { cookie, ...page })).toMatchObject({
    status: 303,
    location: '/console/sessions?principal=anna',
  })
  expect((await ask('GET', '/console/sessions?principal=anna', { cookie, ...page })).body).toContain(id)
  expect((await ask('GET', '/console?language=ru', page)).cookies.join()).toContain('sojourn-console-language=ru; Path=/console;')

  // Another site's page cannot; the console's own can.
  const end = `/console/sessions/${id}/end`
  expect((await ask('POST', end, { cookie, ...form, origin: 'https://elsewhere.example' })).status).toBe(403)
  expect(await sessions.of('anna').list()).toHaveLength(1)
  expect(await ask('POST', end, { cookie, ...form })).toMatchObject({ status: 303, location: '/console/sessions?principal=anna&ended=1' })
  expect(await sessions.of('anna').list()).toEqual([])

  const script = { cookie, origin: 'https://shop.example' }
  expect((await ask('DELETE', `/console/sessions/${id}`, script)).status).toBe(404)
  expect(JSON.parse((await ask('DELETE', '/console/sessions?principal=olga', script)).body)).toEqual({ ended: 1 })
  expect(JSON.parse(log.at(-1)!)).toEqual({ operator: 'olga', action: 'end-principal', principal: 'olga', ended: 1 })
})
