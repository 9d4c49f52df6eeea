import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Answer, RawRequest } from './raw-client.ts'

/** One way to send a response, and what the client must see when the session was saved. */
export interface Scenario<Response extends ServerResponse = ServerResponse> {
  readonly name: string
  readonly request?: RawRequest
  send(response: Response, request: IncomingMessage): void | Promise<void>
  readonly status?: number
  readonly body?: string
  check?(answer: Answer): void
  /** The handler fails by itself after something was written: the connection closes without a response. */
  readonly breaksOff?: boolean
  /** The handler fails by itself before anything was written: its own error page waits for the save. */
  readonly throws?: boolean
}

/** A text file that needs several reads. */
export const bigFile: string = new URL('../../../package-lock.json', import.meta.url).pathname
const KILOBYTE = 'k'.repeat(1024)
const gzip = { 'Accept-Encoding': 'gzip' }

const ownCookies = (answer: Answer): void => {
  expect(answer.all('set-cookie').filter((line) => line.startsWith('own='))).toEqual(['own=1', 'own=2'])
  expect(answer.header('x-own')).toBe('yes')
}

/** What any node:http response can do. */
export const nodeScenarios: readonly Scenario[] = [
  { name: 'end with a body', send: (response) => void response.end('hello'), body: 'hello' },
  {
    name: 'end with a body and a status',
    send(response) {
      response.statusCode = 201
      response.end('made')
    },
    status: 201,
    body: 'made',
  },
  {
    name: 'end with a large body',
    request: { headers: gzip },
    send: (response) => void response.end(KILOBYTE.repeat(300)),
    body: KILOBYTE.repeat(300),
  },
  {
    name: 'end with a body beyond the bound of writes',
    send: (response) => void response.end(Buffer.alloc(17 * 1024 * 1024, 'b')),
    body: 'b'.repeat(17 * 1024 * 1024),
  },
  { name: 'HEAD', request: { method: 'HEAD' }, send: (response) => void response.end('hello'), body: '' },
  {
    name: '304',
    send(response) {
      response.statusCode = 304
      response.setHeader('ETag', '"a"')
      response.end()
    },
    status: 304,
    body: '',
    check: (answer) => expect(answer.header('etag')).toBe('"a"'),
  },
  {
    name: 'several writes, then end',
    request: { headers: gzip },
    send(response) {
      response.write('one ')
      response.write(Buffer.from('two '))
      response.write('dHdv', 'base64')
      response.end(' end')
    },
    body: 'one two two end',
  },
  {
    name: 'writes over a while, then end',
    request: { headers: gzip },
    async send(response) {
      for (const word of ['one ', 'two ', 'three ', 'four ']) {
        response.write(word)
        await delay(8)
      }
      response.end('end')
    },
    body: 'one two three four end',
  },
  {
    name: 'callbacks of write and end',
    async send(response) {
      const order: string[] = []
      await new Promise<void>((resolve) => {
        response.write('a', () => order.push('a'))
        response.write('b', () => order.push('b'))
        response.end('c', () => resolve())
      })
      expect(order).toEqual(['a', 'b'])
    },
    body: 'abc',
  },
  {
    name: 'pipe a file',
    request: { headers: gzip },
    send: (response) => void createReadStream(bigFile, { highWaterMark: 8 * 1024 }).pipe(response),
    check: (answer) => expect(answer.body).toMatch(/^\{\n.*\}\n$/s),
  },
  {
    name: 'pipe a few small chunks',
    request: { headers: gzip },
    send: (response) => void Readable.from(['one ', 'two ', 'three']).pipe(response),
    body: 'one two three',
  },
  {
    name: 'pipe, slow chunks',
    request: { headers: gzip },
    send(response) {
      async function* words(): AsyncGenerator<string> {
        for (const word of ['one ', 'two ', 'three']) {
          yield word
          await delay(10)
        }
      }
      Readable.from(words()).pipe(response)
    },
    body: 'one two three',
  },
  {
    name: 'pipe the request back',
    request: { method: 'POST', body: 'echo '.repeat(50) },
    send: (response, request) => void request.pipe(response),
    body: 'echo '.repeat(50),
  },
  {
    name: 'pipeline of a file',
    request: { headers: gzip },
    send: (response) => pipeline(createReadStream(bigFile), response).catch(() => undefined),
    check: (answer) => expect(answer.body).toMatch(/^\{\n.*\}\n$/s),
  },
  {
    name: 'pipeline of a generator',
    request: { headers: gzip },
    async send(response) {
      let finished = false
      async function* words(): AsyncGenerator<string> {
        try {
          for (let i = 0; i < 100; i++) yield KILOBYTE
          await delay(1)
          yield 'end'
        } finally {
          finished = true
        }
      }
      await pipeline(words, response).catch(() => undefined)
      expect(finished).toBe(true)
    },
    body: `${KILOBYTE.repeat(100)}end`,
  },
  {
    name: 'writeHead and a loop that waits for drain',
    request: { headers: gzip },
    async send(response) {
      response.writeHead(200, { 'Content-Type': 'text/plain' })
      for (let i = 0; i < 300; i++) if (!response.write(KILOBYTE)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      response.end()
    },
    body: KILOBYTE.repeat(300),
  },
  {
    name: 'HEAD, and a loop that waits for drain',
    request: { method: 'HEAD' },
    async send(response) {
      for (let i = 0; i < 300; i++) if (!response.write(KILOBYTE)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      response.end()
    },
    body: '',
  },
  {
    name: 'flushHeaders, then writes',
    request: { headers: gzip },
    send(response) {
      response.setHeader('Content-Type', 'text/plain')
      response.flushHeaders()
      response.write('one ')
      response.end('two')
    },
    body: 'one two',
  },
  {
    name: 'flushHeaders, then slow writes',
    request: { headers: gzip },
    async send(response) {
      response.setHeader('Content-Type', 'text/plain')
      response.flushHeaders()
      await delay(30)
      response.write('one ')
      await delay(5)
      response.end('two')
    },
    body: 'one two',
  },
  {
    name: 'writeHead with own cookies in an object',
    send(response) {
      response.setHeader('Set-Cookie', 'app=replaced')
      response.writeHead(202, { 'Set-Cookie': ['own=1', 'own=2'], 'X-Own': 'yes', Vary: 'Accept', 'Cache-Control': 'public' })
      response.end('done')
    },
    status: 202,
    body: 'done',
    check: ownCookies,
  },
  {
    name: 'writeHead with a message and own cookies in lower case',
    send(response) {
      response.writeHead(202, 'Fine', { 'set-cookie': ['own=1', 'own=2'], 'x-own': 'yes', vary: 'Accept' })
      response.write('done')
      response.end()
    },
    status: 202,
    body: 'done',
    check: ownCookies,
  },
  {
    name: 'writeHead with own cookies in a flat list',
    send(response) {
      response.writeHead(202, [
        'SET-COOKIE',
        'own=1',
        'Set-Cookie',
        'own=2',
        'X-Own',
        'yes',
        'VARY',
        'Accept',
        'cache-control',
        'public, max-age=60',
      ])
      response.end('done')
    },
    status: 202,
    body: 'done',
    check: ownCookies,
  },
  {
    name: 'a status set after end',
    send(response) {
      response.end('kept')
      response.statusCode = 404
    },
    body: 'kept',
  },
  {
    name: 'a second answer is refused as node refuses it',
    send(response) {
      response.end('first')
      expect(response.headersSent).toBe(true)
      expect(response.writableEnded).toBe(true)
      expect(() => response.setHeader('Content-Length', 3)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      expect(() => response.writeHead(404)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
    },
    body: 'first',
  },
]
