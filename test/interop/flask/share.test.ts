/** What a shared Flask session does that can be tested without Flask. */
import { expect, test } from 'vitest'
import { shareFlask, Markup, readSession, Tuple, writeSession } from '../../../src/interop/flask/index.ts'
import { client } from '../../_support/client.ts'

const SECRET = 'of these tests'
const START = 1_790_000_000_000
const DAY = 86_400_000

test.each([
  ['a permanent session is sent anew', true, 1],
  ['any other dies a lifetime after its last change', false, 0],
])('at a visit %s', async (_what, permanent, sent) => {
  let now = START
  const sessions = shareFlask({ secrets: SECRET, permanent, clock: { now: () => now } })
  const browser = client(sessions)
  await browser.run((opened) => opened.set('n', 1))
  now += 20 * DAY
  expect((await browser.run((opened) => opened.get('n'))).setCookies).toHaveLength(sent)
  now += 20 * DAY
  expect((await browser.run((opened) => opened.get('n'))).result).toBe(permanent ? 1 : undefined)
})

test('messages that nobody took stay as they were, Markup too', async () => {
  const kept = new Tuple(['bad', new Markup('<b>no</b>')])
  const cookie = writeSession({ _flashes: [new Tuple(['ok', 'yes']), kept], n: 1 }, { secrets: SECRET, now: START })
  const browser = client(shareFlask({ secrets: SECRET, clock: { now: () => START } }), new Map([['session', cookie]]))
  expect((await browser.run((opened) => opened.takeFlash('ok'))).result).toEqual(['yes'])
  expect(readSession(browser.jar.get('session')!, { secrets: SECRET, now: START })).toEqual({ _flashes: [kept], n: 1 })
  expect((await browser.run((opened) => opened.takeFlash('bad'))).result).toEqual(['<b>no</b>'])
})

test.each([
  ['a date with milliseconds', new Date(START + 1)],
  ['a Map', new Map([[1, 2]])],
  ['an instance of a class', new URL('http://shop.test/')],
  ['undefined inside', { a: undefined }],
])('%s is refused, and the key named', (_what, value) => {
  const opened = shareFlask({ secrets: SECRET }).open({ headers: {} })
  const refused = expect.objectContaining({ code: 'ERR_SESSION_VALUE_TYPE', message: expect.stringContaining('cart') as string })
  expect(() => opened.set('cart', value)).toThrow(refused)
})
