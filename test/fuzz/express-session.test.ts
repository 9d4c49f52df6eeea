/**
 * Any bytes, and mutated cookies and records of express-session: they give data or undefined, and never throw.
 * fast-check prints the seed of a failure.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  shareExpressSession,
  wrapExpressStore,
  readSession,
  signSessionId,
  unsignSessionId,
} from '../../src/interop/express-session/index.ts'
import type { ExpressStore } from '../../src/interop/express-session/index.ts'
import { at, NOW } from '../../src/testing/store-contract/rule.ts'

const SECRETS = ['of the fuzz', 'an older one']
const SID = 'ZG9NtDk8JITrDlhAk0G4by4pjlcb_SrZ'
const GENUINE = signSessionId(SID, SECRETS)
const RECORD =
  '{"cookie":{"originalMaxAge":3600000,"expires":"2033-01-01T00:00:00.000Z","path":"/"},"flash":{"ok":["a"]},"passport":{"user":1}}'

/** A text with some of its parts replaced, doubled or left out. */
function mutated(text: string): fc.Arbitrary<string> {
  const change = fc.tuple(fc.nat(text.length), fc.nat(8), fc.string({ unit: 'binary', maxLength: 6 }))
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    let result = text
    for (const [place, length, inserted] of changes) result = result.slice(0, place) + inserted + result.slice(place + length)
    return result
  })
}

const anyText = fc.string({ unit: 'binary', maxLength: 400 })

test('a cookie is the genuine one or none', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, mutated(GENUINE), mutated(decodeURIComponent(GENUINE))), (value) => {
      const sid = unsignSessionId(value, SECRETS)
      if (sid !== undefined) expect(sid).toBe(SID)
    }),
  )
})

test('a record is read or not, and says so', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.json(), mutated(RECORD)), (text) => {
      const record = readSession(text)
      if (record) expect(typeof record.cookie).toBe('object')
    }),
  )
})

/** A store that holds anything under one key. */
function holding(session: unknown): ExpressStore {
  return {
    get: (sid, callback) => callback(null, sid === SID ? (session as never) : null),
    set: (_sid, _session, callback) => callback?.(),
    destroy: (_sid, callback) => callback?.(),
    touch: (_sid, _session, callback) => callback?.(),
  }
}

const cookie = fc.record({ originalMaxAge: fc.jsonValue(), expires: fc.jsonValue(), path: fc.jsonValue() }, { requiredKeys: [] })
const members = fc.record(
  { passport: fc.jsonValue(), flash: fc.jsonValue(), sojourn: fc.jsonValue(), ['__proto__']: fc.jsonValue() },
  { requiredKeys: [] },
)
const stored = fc.oneof(
  fc.jsonValue(),
  fc.tuple(fc.oneof(cookie, fc.jsonValue()), members).map(([kept, rest]) => ({ ...rest, cookie: kept })),
  mutated(RECORD).map((text) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }),
)

test('whatever lies in the store, a shared session reads, changes and saves, or is none', async () => {
  await fc.assert(
    fc.asyncProperty(stored, async (session) => {
      const sessions = shareExpressSession({ secrets: SECRETS, store: holding(session) })
      const opened = await sessions.open({ headers: { cookie: `connect.sid=${GENUINE}` } }).load()
      expect(Object.getPrototypeOf(opened.data)).toBe(Object.prototype)
      expect(opened.principal === null || typeof opened.principal === 'string').toBe(true)
      await opened.takeFlash('ok')
      opened.set('n' as never, 1)
      await opened.commit()
    }),
  )
})

test('whatever lies in the store, the bridge reads its own or none', async () => {
  await fc.assert(
    fc.asyncProperty(stored, async (session) => {
      const record = await wrapExpressStore(holding(session)).load(SID, at(NOW))
      if (record) expect(typeof record.body).toBe('string')
    }),
  )
})
