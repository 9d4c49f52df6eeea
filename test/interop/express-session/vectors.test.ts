import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readSession, recordCookie, signSessionId, unsignSessionId, writeSession } from '../../../src/interop/express-session/index.ts'
import type { ExpressCookieOptions } from '../../../src/interop/express-session/index.ts'

/** Each check is a result of express-session itself. */
interface Check {
  /** Unix seconds. */
  readonly now: number
  readonly cookie: string
  readonly secret: string | readonly string[]
  readonly verdict: 'accept' | 'reject'
  readonly decoded?: Readonly<Record<string, unknown>>
  readonly why?: string
}

interface Vector {
  readonly id: string
  readonly title: string
  readonly secret: string
  readonly options: { readonly cookie?: ExpressCookieOptions }
  readonly input: Readonly<Record<string, unknown>>
  readonly produced: {
    readonly cookie_value: string
    readonly sid: string
    readonly redis?: readonly { readonly key: string; readonly value: string; readonly ttl: number }[]
    readonly pg_row?: { readonly sid: string; readonly sess: string; readonly expire: string }
  }
  readonly checks: readonly Check[]
}

const file = new URL('../../fixtures/interop/express-session.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }

/** What the real stores held, by session id. */
const kept = new Map(vectors.map(({ produced }) => [produced.sid, produced.redis?.[0]?.value ?? produced.pg_row?.sess]))

test('there are ten vectors with eighteen verdicts', () => {
  expect([vectors.length, vectors.flatMap(({ checks }) => checks).length]).toEqual([10, 18])
})

test('what stands before the id is s: and nothing else', () => {
  const { secret, produced } = vectors[0]!
  const cookie = decodeURIComponent(produced.cookie_value)
  for (const start of ['x:', 's;', 'S:', 'j:', '']) expect(unsignSessionId(start + cookie.slice(2), secret)).toBeUndefined()
})

describe.each(vectors)('$id: $title', ({ secret, options, input, produced, checks }) => {
  test.each(checks.map((check, i) => ({ ...check, name: check.why ?? `${check.verdict} ${i + 1}` })))('$name', (check) => {
    const sid = unsignSessionId(check.cookie, check.secret)
    expect(sid === undefined ? 'reject' : 'accept').toBe(check.verdict)
    if (sid !== undefined) expect(readSession(kept.get(sid)!)?.data).toEqual(check.decoded)
  })

  test('is signed and written byte for byte', () => {
    expect(signSessionId(produced.sid, secret)).toBe(produced.cookie_value)
    const text = kept.get(produced.sid)!
    const record = readSession(text)!
    expect(writeSession(record)).toBe(text)
    // express-session made its record at this instant.
    const { expires, originalMaxAge } = record.cookie
    const made = typeof expires === 'string' ? Date.parse(expires) - originalMaxAge! : 0
    expect(writeSession({ cookie: recordCookie(options.cookie ?? {}, made), data: input })).toBe(text)
  })
})

test('an empty secret signs and verifies nothing', () => {
  const options = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }) as Error
  for (const none of ['', []]) expect(() => signSessionId('id', none)).toThrow(options)
  const forged = `s:id.${createHmac('sha256', '').update('id').digest('base64').replace(/=+$/, '')}`
  expect(unsignSessionId(forged, ['', 'a'])).toBeUndefined()
})
