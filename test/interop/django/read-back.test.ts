/** Django itself reads what Node wrote, and Node what Django wrote. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { end } from '../../../scripts/engines/machine.ts'
import {
  writeSignedValue,
  Float,
  hashPassword,
  readSignedValue,
  makeCsrfSecret,
  maskCsrfToken,
  readCachedSession,
  readSession,
  verifyCsrfToken,
  verifyPassword,
  writeCachedSession,
  writeSession,
} from '../../../src/interop/django/index.ts'
import { readJson, writeJson } from '../../../src/interop/_python/python-json.ts'

const python = findEngine('python-django')
if (!python && process.env['CI'] === 'true') throw new Error('Sessions are read back by a real Django. Install python-django.')
if (!python) console.warn('NOT TESTED: that Django reads the sessions of Node. There is no python-django; install it.')

const SECRET = 'ключ of both sides'
const LATER = { secrets: SECRET, now: Date.now() + 60_000 }

describe.skipIf(!python)('Django', () => {
  let child: ChildProcess
  let answers: AsyncIterator<string>
  beforeAll(() => {
    child = spawn(python!, [fileURLToPath(new URL('codec.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
    answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  })
  afterAll(() => end(child, 'SIGTERM'))

  async function ask(what: string, given: unknown): Promise<unknown> {
    child.stdin!.write(`${JSON.stringify({ secret: SECRET, do: what, with: given })}\n`)
    const { value } = (await answers.next()) as { value?: string }
    return JSON.parse(value ?? 'null')
  }

  const json = (data: unknown): string => writeJson(data, 'data', { by: 'json', sorted: false })

  const comesBack = async (data: Record<string, unknown>): Promise<void> => {
    const read = async (what: string, text: string): Promise<unknown> => readJson((await ask(what, text)) as string)
    expect(await read('decode', writeSession(data, { secrets: SECRET }))).toEqual(data)
    expect(readSession((await ask('encode', json(data))) as string, LATER)).toEqual(data)
    expect(await read('cookie', writeSession(data, { secrets: SECRET, engine: 'signed_cookies' }))).toEqual(data)
    expect(await read('loads', writeSignedValue(data, { secrets: SECRET, compress: true }))).toEqual(data)
    expect(readSignedValue((await ask('dumps', json(data))) as string, LATER)).toEqual(data)
    expect(readCachedSession(Buffer.from((await ask('pickle', json(data))) as string, 'hex'))).toEqual(data)
  }
  const isPickled = async (data: Record<string, unknown>): Promise<void> => {
    expect(readJson((await ask('unpickle', writeCachedSession(data).toString('hex'))) as string)).toEqual(data)
  }

  test('reads what Node wrote, and Node what Django wrote', async () => {
    const data = {
      cart: [{ sku: 'lemon', qty: 2, price: new Float(3) }],
      numbers: [1, new Float(1), 2n ** 64n, -(2n ** 63n), 0.1, 1e22, 5e-324, 1e-5, Number.NaN, -Infinity],
      text: 'Ёлка 🎄 \u007f \u0000 </script>',
      large: 'ab'.repeat(2_000),
      ['__proto__']: { own: [] },
      2: 'two',
    }
    await comesBack(data)
    await isPickled(data)
  })

  test('anything that can be written', async () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }).map((value) => (Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
      fc.constantFrom(null, true, false),
    )
    const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '7'))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    const session = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(session, async (data) => {
        await comesBack(data)
        await isPickled(data)
      }),
      { numRuns: 60 },
    )
  })

  test('a password hashed by one is good at the other', async () => {
    const password = 'пароль 🔑'
    const encoded = await hashPassword(password, { iterations: 1_000 })
    expect([await ask('password', [password, encoded]), await ask('password', ['another', encoded])]).toEqual([true, false])
    const theirs = (await ask('hash', password)) as string
    expect([await verifyPassword(password, theirs), await verifyPassword('another', theirs)]).toEqual([true, false])
  })

  test('a CSRF token of one is good at the other', async () => {
    const secret = makeCsrfSecret()
    expect(await ask('csrf', [maskCsrfToken(secret), secret])).toBe(true)
    expect(await ask('csrf', [maskCsrfToken(secret), makeCsrfSecret()])).toBe(false)
    expect(verifyCsrfToken((await ask('mask', secret)) as string, secret)).toBe(true)
  })
})
