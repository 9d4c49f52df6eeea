/** What is particular to h3 1: a plugin instead of middleware, and its own way to an error page. */
import { H3 } from 'h3'
import * as h3Of1 from 'h3-1'
import { expect, test } from 'vitest'
import { forms } from '../../../examples/guide/frameworks/h3-1-forms.ts'
import { csrf } from '../../../src/auth/index.ts'
import { guard, session } from '../../../src/frameworks/h3/index.ts'
import { signIn } from '../../../src/testing/index.ts'
import { application } from '../../_support/application.ts'
import { fetchRaw } from '../node/raw-client.ts'
import { serve } from '../node/server.ts'

const diskFull = (): never => {
  throw new Error('The disk is full.')
}

test("a failed save is told to the application's onError, and its client gets h3's own page without our code", async () => {
  const { sessions, store } = application()
  store.before('create', diskFull)
  const told: unknown[] = []
  const app = h3Of1.createApp({ onError: (error) => void told.push((error.cause as Error).message, error.unhandled) })
  session(sessions)(app)
  app.use(
    h3Of1.eventHandler((event) => {
      sessions.open(event.node.req).set('cart', ['tea'])
      return h3Of1.sendRedirect(event, '/cart')
    }),
  )
  await using server = await serve(h3Of1.toNodeListener(app))
  const answer = await fetchRaw(server.port)
  expect([answer.status, answer.header('location'), answer.all('set-cookie')]).toEqual([500, undefined, []])
  expect(JSON.parse(answer.body)).toEqual({ statusCode: 500, stack: [] })
  expect(answer.header('cache-control')).toBe('no-store')
  expect(told).toEqual(['The disk is full.', true])
})

test('whoever calls the application in the process gets the whole response, with its cookie', async () => {
  const { sessions, store } = application()
  // A store over the network has no answer at once.
  store.before('create', () => new Promise((resolve) => void setTimeout(resolve)))
  const app = h3Of1.createApp()
  session(sessions)(app)
  app.use(
    h3Of1.eventHandler((event) => {
      sessions.open(event.node.req).set('cart', ['tea'])
      return { put: 'tea' }
    }),
  )
  const call = h3Of1.toPlainHandler(app)
  const { status, headers, body } = await call({ method: 'GET', path: '/', headers: {} })
  expect([status, JSON.parse(String(body))]).toEqual([200, { put: 'tea' }])
  const cookies = headers.filter(([name]) => name.toLowerCase() === 'set-cookie')
  const cookie = cookies[0]![1].split(';')[0]!
  expect(cookies).toHaveLength(1)
  expect(await sessions.open({ headers: { cookie } }).get('cart')).toEqual(['tea'])
})

test('as a plugin of Nitro 2 it joins its application', async () => {
  const { sessions } = application()
  const nitroApp = { h3App: h3Of1.createApp(), hooks: {} }
  session(sessions)(nitroApp)
  nitroApp.h3App.use(h3Of1.eventHandler((event) => String(event.context['session'] === sessions.open(event.node.req))))
  await using server = await serve(h3Of1.toNodeListener(nitroApp.h3App))
  expect((await fetchRaw(server.port)).body).toBe('true')
})

test('in the wrong place it says where it belongs', async () => {
  const { sessions } = application()
  const messages: string[] = []
  const ask = async (add: (app: h3Of1.App) => unknown): Promise<void> => {
    const app = h3Of1.createApp({ onError: (error) => void messages.push(error.message) })
    add(app)
    await using server = await serve(h3Of1.toNodeListener(app))
    expect((await fetchRaw(server.port)).status).toBe(500)
  }
  await ask((app) => app.use(h3Of1.eventHandler(session(sessions) as unknown as h3Of1.EventHandler)))
  await ask((app) => app.use(h3Of1.eventHandler(guard(sessions, () => undefined))))
  expect(messages).toEqual([
    expect.stringContaining('In Nuxt and Nitro 2, `session(sessions)` is a plugin: move the file from `server/middleware/`'),
    expect.stringContaining('A guard needs the session of its request'),
  ])
  expect(() => session(sessions)({ h3: new H3(), hooks: {} } as never)).toThrow('In Nitro 3, `session(sessions)` is middleware')
})

test.each([
  ['urlencoded', (token: string) => new URLSearchParams({ csrf_token: token, name: 'Zoë' })],
  ['multipart', (token: string) => formOf({ csrf_token: token, name: 'Zoë' })],
])('a form (%s) that a middleware reads may hold the CSRF token, and the handler reads it too', async (_kind, bodyOf) => {
  const { sessions } = application()
  const { cookie } = await signIn(sessions, 'zoe')
  const app = h3Of1.createApp()
  session(sessions)(app)
  app.use(forms)
  app.use(h3Of1.eventHandler(guard(sessions, csrf(sessions, { requireToken: true }))))
  app.use(
    '/token',
    h3Of1.eventHandler((event) => sessions.open(event.node.req).csrf.token()),
  )
  app.use(h3Of1.eventHandler(async (event) => (await h3Of1.readFormData(event)).get('name')))
  await using server = await serve(h3Of1.toNodeListener(app))
  const at = `http://127.0.0.1:${server.port}`
  const token = await (await fetch(`${at}/token`, { headers: { cookie } })).text()
  const send = async (body: URLSearchParams | FormData): Promise<[number, string]> => {
    const response = await fetch(at, { method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' }, body })
    return [response.status, response.ok ? await response.text() : '']
  }
  expect(await send(bodyOf(token))).toEqual([200, 'Zoë'])
  expect(await send(bodyOf('wrong'))).toEqual([403, ''])
})

function formOf(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return form
}
