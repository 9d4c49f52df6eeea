/** Flask itself reads what Node wrote, and Node what Flask wrote. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { end } from '../../../scripts/engines/machine.ts'
import { Float, Markup, readSession, Tuple, Uuid, writeSession } from '../../../src/interop/flask/index.ts'
import { fromNotation, toNotation } from './notation.ts'

const python = findEngine('python-flask')
if (!python && process.env['CI'] === 'true') throw new Error('Cookies are read back by a real Flask. Install python-flask.')
if (!python) console.warn('NOT TESTED: that Flask reads the cookies of Node. There is no python-flask; install it.')

const SECRET = 'ключ of both sides'

describe.skipIf(!python)('Flask', () => {
  let child: ChildProcess
  let answers: AsyncIterator<string>
  beforeAll(() => {
    child = spawn(python!, [fileURLToPath(new URL('codec.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] })
    answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  })
  afterAll(() => end(child, 'SIGTERM'))

  async function ask(request: object): Promise<unknown> {
    child.stdin!.write(`${JSON.stringify({ secret: SECRET, ...request })}\n`)
    const { value } = (await answers.next()) as { value?: string }
    return JSON.parse(value ?? 'null')
  }

  const comesBack = async (data: Record<string, unknown>): Promise<void> => {
    const cookie = writeSession(data, { secrets: SECRET })
    const read = fromNotation(await ask({ cookie }))
    expect(read).toEqual(data)
    const theirs = (await ask({ data: toNotation(data) })) as string
    expect(readSession(theirs, { secrets: SECRET, now: Date.now() + 1_000 })).toEqual(data)
  }

  test('reads every tag, flash messages, escapes and numbers, and Node reads them from Flask', async () => {
    await comesBack({
      _flashes: [new Tuple(['info', 'Сохранено']), new Tuple(['error', new Markup('<i>no</i>')])],
      _permanent: true,
      pair: new Tuple(['a', new Tuple([1, null, new Tuple([])])]),
      raw: [new Uint8Array([0, 255]), new Uint8Array()],
      html: new Markup('<b>"hi" & bye</b>'),
      id: new Uuid('00000000-0000-0000-0000-000000000007'),
      at: [new Date('2026-02-03T04:05:06Z'), new Date('0100-01-01T00:00:00Z'), new Date('9999-12-31T23:59:59Z')],
      escaped: [{ ' t': [1] }, { ' di': { ' d': 'no date' } }, { ' b': 1, other: 2 }, { ' zz': 1 }],
      numbers: [1, new Float(1), 2n ** 64n, -(2n ** 63n), 0.1, 1e22, 5e-324, 1e-5, Number.NaN, -Infinity],
      text: 'Ёлка 🎄 \u007f \u0000 </script>',
      large: 'ab'.repeat(2_000),
      ['__proto__']: { own: [] },
    })
  })

  test('a session whose only key looks like a tag', async () => {
    await comesBack({ ' t': [1] })
    await comesBack({ ' di': { ' di': 'x' } })
  })

  test('a negative zero', async () => {
    await comesBack({ zero: -0, list: [0, -0] })
  })

  test('anything that can be written', async () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }).map((value) => (Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }),
      fc.constantFrom(null, true, false),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
      fc.string().map((text) => new Markup(text)),
      fc.uuid().map((text) => new Uuid(text)),
      fc.integer({ min: -(2 ** 31), max: 2 ** 32 }).map((seconds) => new Date(seconds * 1_000)),
    )
    const key = fc.oneof(fc.string(), fc.constantFrom(' t', ' di', ' d', ' t__', '__proto__'))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(tie('value'), { maxLength: 4 }).map((items) => new Tuple(items)),
        fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    await fc.assert(fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }), comesBack), { numRuns: 200 })
  })
})
