/** A `Secure` cookie by plain HTTP vanishes in browsers: that is told once, and only where it happens. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Sessions } from '../../src/index.ts'
import type { warnOfPlainHttp } from '../../src/core/request/plain-http.ts'
import { application } from '../_support/application.ts'
import { headerTransport } from '../../src/transports/header.ts'

type WarnOfPlainHttp = typeof warnOfPlainHttp

const warned: string[] = []

beforeEach(() => {
  vi.resetModules()
  warned.length = 0
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warned.push(String(warning)))
})
afterEach(() => vi.restoreAllMocks())

/** With a memory of its own of what was told. */
async function fresh(): Promise<WarnOfPlainHttp> {
  return (await import('../../src/core/request/plain-http.ts')).warnOfPlainHttp
}

const plain = { encrypted: false }

describe('is told', () => {
  test.each([
    ['of node, on an address of the local network', { headers: { host: '192.168.1.20:3000' }, socket: plain }],
    ['of node, on a host name', { headers: { host: 'shop.example' }, socket: {} }],
    ['of Fetch', new Request('http://192.168.1.20/')],
  ])('%s, once', async (_what, request) => {
    const warnOfPlainHttp = await fresh()
    warnOfPlainHttp(request)
    warnOfPlainHttp(request)
    expect(warned).toEqual([expect.stringContaining('by plain HTTP')])
  })
})

describe('is not told', () => {
  test.each([
    ['by HTTPS', { headers: { host: 'shop.example' }, socket: { encrypted: true } }],
    ['by HTTPS in Fetch', new Request('https://shop.example/')],
    ['on this machine', { headers: { host: 'localhost:3000' }, socket: plain }],
    ['on a name of this machine', { headers: { host: 'shop.localhost' }, socket: plain }],
    ['on its address', { headers: { host: '127.0.0.1:3000' }, socket: plain }],
    ['on its IPv6 address', { headers: { host: '[::1]:3000' }, socket: plain }],
    ['in Fetch on this machine', new Request('http://localhost:8787/')],
    ['behind a proxy', { headers: { host: 'shop.example', 'x-forwarded-proto': 'https' }, socket: plain }],
    ['behind a proxy that says little', { headers: { host: 'shop.example', via: '1.1 proxy' }, socket: plain }],
    ['where there is no connection', { headers: { host: 'shop.example' } }],
    ['where there is no host', { headers: {}, socket: plain }],
  ])('%s', async (_what, request) => {
    ;(await fresh())(request)
    expect(warned).toEqual([])
  })
})

test('a sign-in tells it, and neither a read nor another transport does', async () => {
  const sent: number[] = []
  const visit = async (sessions: Sessions, act: 'login' | 'load'): Promise<void> => {
    const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
      const session = sessions.open(incoming)
      if (act === 'login') await session.login('alice')
      await session.load()
      await session.commit()
      sent.push(session.takeHeaders().length)
      response.end()
    }
    const server = createServer((incoming, response) => void answer(incoming, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { request } = await import('node:http')
    await new Promise((resolve) => request({ port, headers: { host: 'shop.test' } }, resolve).end())
    server.close()
  }
  await visit(application().sessions, 'load')
  await visit(application({ transport: headerTransport() }).sessions, 'login')
  await visit(application({ development: true }).sessions, 'login')
  expect(warned).toEqual([])
  await visit(application().sessions, 'login')
  await visit(application().sessions, 'login')
  expect([warned.length, sent]).toEqual([1, [0, 1, 1, 1, 1]])
})
