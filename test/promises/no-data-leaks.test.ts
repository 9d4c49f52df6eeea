/** Session data are for the application alone: neither an error nor a printed response shows what was stored. */
import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { withoutData } from '../../src/core/basics/without-data.ts'
import { session } from '../../src/frameworks/node/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { application, code } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const SECRET_WORD = 'open sesame'

const shown = (value: unknown): string =>
  inspect(value, { depth: 12, showHidden: true, maxArrayLength: null, maxStringLength: null }) + JSON.stringify(value)

class ReplyError extends Error {
  override name = 'ReplyError'
}

/** What clients hang on their errors, and how. */
const errors: readonly (readonly [client: string, make: (record: unknown) => Error])[] = [
  ['ioredis', (record) => Object.assign(new ReplyError('OOM command not allowed'), { command: { name: 'set', args: [record] } })],
  ['mysql2', (record) => Object.assign(new Error('denied'), { code: 'ER_X', errno: 1142, sql: `INSERT ${JSON.stringify(record)}` })],
  ['pg', (record) => Object.assign(new Error('refused'), { code: '22P05', detail: JSON.stringify(record), where: String(record) })],
  ['postgres.js, not to be deleted', (record) => Object.defineProperty(new Error('refused'), 'parameters', { value: [record] })],
  ['an error in an error', (record) => new Error('outer', { cause: Object.assign(new Error('inner'), { args: [record] }) })],
  ['several errors', (record) => new AggregateError([Object.assign(new Error('one'), { args: [record] })], 'all')],
  ['under a symbol', (record) => Object.assign(new Error('odd'), { [Symbol('request')]: record })],
]

describe('the error of a store that refuses a write shows nothing of the record', () => {
  test.each(errors)('%s', async (_client, make) => {
    const { sessions, store } = application()
    store.before('create', ({ args }) => {
      throw make(args)
    })
    const heard: unknown[] = []
    sessions.on('storeError', (event) => heard.push(event))
    const failing = client(sessions).run((opened) => opened.set('word', SECRET_WORD))
    const error: unknown = await failing.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_SESSION_/) as string })
    expect(heard.length).toBeGreaterThan(0)
    expect(shown([error, heard])).not.toContain(SECRET_WORD)
  })

  test('and still says what failed, and is what it was', async () => {
    const { sessions, store } = application()
    const cause = Object.assign(new ReplyError('OOM'), { code: 'OOM', errno: 7, command: {} })
    store.before('load', () => {
      throw cause
    })
    const alice = client(sessions)
    await alice.run((opened) => opened.set('word', SECRET_WORD))
    const error = (await alice.run((opened) => opened.load()).catch((reason: unknown) => reason)) as Error
    expect(error).toEqual(code('ERR_SESSION_STORE'))
    expect(error.cause).toBeInstanceOf(ReplyError)
    expect(error.cause).toMatchObject({ name: 'ReplyError', message: 'OOM', code: 'OOM', errno: 7, stack: cause.stack })
    expect(error.cause).not.toHaveProperty('command')
  })

  test('an error that has none is the same', () => {
    const plain = Object.assign(new Error('reset', { cause: new Error('deep') }), { code: 'ECONNRESET', errno: -104, syscall: 'read' })
    expect(withoutData(plain)).toBe(plain)
    expect(withoutData('text')).toBe('text')
  })
})

test('a response whose session was read and changed shows nothing of it to whoever prints it', async () => {
  const { sessions } = application({}, memoryStore())
  const printed: string[] = []
  const server = createServer(
    session(sessions, async (_request, response, opened) => {
      opened.set('word', SECRET_WORD)
      await opened.get('word')
      printed.push(inspect(response, { depth: 9, showHidden: true }))
      response.end()
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  await fetch(`http://127.0.0.1:${address.port}/`)
  server.close()
  expect(printed[0]).toContain('sojourn')
  expect(printed[0]).not.toContain(SECRET_WORD)
})
