/** What the adapter does with the major version of Nest before the newest. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { openExample } from '../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../scripts/framework-apps.ts'
import { visitorOf } from '../../test/_support/visitor.ts'
import type { Visitor } from '../../test/_support/visitor.ts'

let app: App
beforeAll(async () => {
  app = await openExample('nest-11')
  await app.run('build')
})
afterAll(() => app[Symbol.asyncDispose]())

describe.each(['start', 'start:fastify'])('npm run %s', (script) => {
  let server: AppServer
  let visitor: Visitor
  beforeAll(async () => {
    const env = { SESSION_SECRET: 'a secret of 32 characters or more', SESSIONS_FILE: `${script.replace(':', '-')}.db` }
    server = await app.serve(script, env)
    visitor = visitorOf(server.url)
  })
  afterAll(() => server?.stop())

  test('a visitor signs in, reads, and is told in a gateway when it signs out', async () => {
    expect(await (await visitor.send('/')).text()).toBe('Visit number 1')
    expect((await visitor.send('/account')).status).toBe(401)
    expect((await visitor.send('/sign-in', { method: 'POST' })).status).toBe(204)
    expect(await (await visitor.send('/account')).json()).toEqual({ principal: 'user-1', visits: 1 })
    const socket = new WebSocket(server.url.replace('http', 'ws'), { headers: { cookie: visitor.cookie } })
    onTestFinished(() => socket.terminate())
    await once(socket, 'open')
    socket.send(JSON.stringify({ event: 'visits' }))
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(String(message))).toEqual({ event: 'visits', data: 2 })
    const closed = once(socket, 'close')
    expect((await visitor.send('/sign-out', { method: 'POST' })).status).toBe(204)
    expect((await closed)[0]).toBe(4401)
    expect((await visitor.send('/account')).status).toBe(401)
  })

  test('a failed save is a 500 that tells neither code nor message', async () => {
    const response = await visitor.send('/fail-to-save', { method: 'POST' })
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ statusCode: 500, message: 'Internal server error' })
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
