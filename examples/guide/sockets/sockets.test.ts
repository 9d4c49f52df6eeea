import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Server as SocketIo } from 'socket.io'
import { io } from 'socket.io-client'
import { createSessions, memoryStore } from 'sojourn'
import { session } from 'sojourn/express'
import { signIn } from 'sojourn/testing'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addEvents } from './events.ts'
import { addSocketIo } from './socket-io.ts'
import { addWebSockets } from './websocket.ts'

const origin = 'https://shop.test'
const sessions = createSessions({ development: true, store: memoryStore() })

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

test('a WebSocket closes when its session is revoked', async () => {
  const server = createServer()
  addWebSockets(server, sessions, origin)
  const url = `ws://127.0.0.1:${await listen(server)}`
  const { headers, id } = await signIn(sessions, 'ada')
  const socket = new WebSocket(url, { headers: { ...headers, origin } })
  const [hello] = await once(socket, 'message')
  expect(String(hello)).toBe('Hello ada')
  await sessions.revoke(id)
  const [status, reason] = await once(socket, 'close')
  expect([status, String(reason)]).toEqual([4401, 'revoked'])
  const statusOf = async (head: Record<string, string>): Promise<unknown> => {
    const refused = new WebSocket(url, { headers: head })
    refused.on('error', () => undefined)
    const [, response] = await once(refused, 'unexpected-response')
    return response.statusCode
  }
  expect([await statusOf({ ...headers, origin }), await statusOf({ ...headers, origin: 'https://evil.test' })]).toEqual([401, 403])
  server.close()
})

test('server-sent events end when their session does', async () => {
  const app = express()
  app.use(session(sessions))
  addEvents(app, sessions)
  const server = createServer(app)
  const url = `http://127.0.0.1:${await listen(server)}/events`
  const { headers, id } = await signIn(sessions, 'ada')
  const response = await fetch(url, { headers })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader.read()).value).toBe('data: Hello ada\n\n')
  await sessions.revoke(id)
  expect((await reader.read()).value).toBe('event: end\ndata: revoked\n\n')
  expect((await reader.read()).done).toBe(true)
  expect((await fetch(url, { headers })).status).toBe(401)
  server.closeAllConnections()
  server.close()
})

test('a socket of Socket.IO is disconnected when all sessions of its user end', async () => {
  const server = createServer()
  const sockets = new SocketIo(server)
  addSocketIo(sockets, sessions)
  const url = `http://127.0.0.1:${await listen(server)}`
  const { headers } = await signIn(sessions, 'ada')
  const connect = (extraHeaders: Record<string, string>): ReturnType<typeof io> =>
    io(url, { extraHeaders, transports: ['websocket'], reconnection: false })
  const socket = connect(headers)
  expect(await heard(socket, 'hello')).toBe('ada')
  const ended = heard(socket, 'ended')
  const gone = heard(socket, 'disconnect')
  await sessions.of('ada').revokeAll()
  expect([await ended, await gone]).toEqual(['revoked', 'io server disconnect'])
  expect(await heard(connect(headers), 'connect_error')).toMatchObject({ message: 'unauthorized' })
  await sockets.close()
})

function heard(socket: ReturnType<typeof io>, event: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve))
}
