/** Tokens, sealed values and stored bodies of any bytes: no throw, no session. fast-check prints the seed of a failure. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encryptedBodies } from '../../src/core/crypto/body-protection.ts'
import { sealer } from '../../src/core/crypto/encryption.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { decodeBody } from '../../src/core/record/body.ts'
import { TokenCodec } from '../../src/core/token/session-token.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import type { Sessions } from '../../src/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import type { ScriptedStore } from '../../src/testing/index.ts'
import { mutated, text } from './cookie-headers.ts'

const SECRET = 'a secret for the fuzz, more than 32 long'
const RUNS = { numRuns: 3_000 }
const secrets = [secretOf(SECRET)]

test('any token: only what was issued is read', () => {
  const codec = new TokenCodec({ kind: 1, label: (channel) => channel }, 'signed-in', secrets)
  const { token } = codec.issue('A'.repeat(22), 7)
  expect(codec.read(token)).toMatchObject({ generation: 7 })
  fc.assert(
    fc.property(fc.oneof(mutated(token), text(80)), (other) => {
      fc.pre(other !== token)
      expect(codec.read(other)).toBe(undefined)
    }),
    RUNS,
  )
  expect(codec.read(token), 'and nothing of the others is left').toMatchObject({ generation: 7 })
})

describe('any sealed value', () => {
  const box = sealer('fuzz', secrets)
  const bound = Buffer.from('bound')
  const sealed = box.seal('a text of somebody, with ümläuts', bound)

  test('opens only as the text that was sealed', () =>
    fc.assert(
      fc.property(fc.oneof(mutated(sealed), text(200)), (other) => {
        expect(box.open(other, bound)?.text).toBe(other === sealed ? 'a text of somebody, with ümläuts' : undefined)
      }),
      RUNS,
    ))

  test('opens only for what it was bound to, and the purpose it was sealed for', () =>
    fc.assert(
      fc.property(text(20), text(20), (purpose, associated) => {
        if (associated !== 'bound') expect(box.open(sealed, Buffer.from(associated))).toBe(undefined)
        if (purpose !== 'fuzz') expect(sealer(purpose, secrets).open(sealed, bound)).toBe(undefined)
      }),
      { numRuns: 500 },
    ))

  test('in the cookies of a sealed session is nobody', async () => {
    const sessions = createSessions({ secrets: [SECRET], store: sealedStore() })
    const session = sessions.open({ headers: {} })
    await session.login('alice')
    await session.commit()
    const [part] = session.takeHeaders().map(([, line]) => line.slice(line.indexOf('=') + 1, line.indexOf(';')))
    const principalWith = async (other: string): Promise<string | null> => {
      const cookie = `__Host-session=${other}`
      return (await sessions.open({ headers: { cookie } }).load()).principal
    }
    expect(await principalWith(part!)).toBe('alice')
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated(part!), text(200)), async (other) => {
        // Quotes and blanks around a value, and what follows a semicolon, are not of it.
        fc.pre(!/["; \t]/.test(other) && other.trim() !== part)
        expect(await principalWith(other)).toBe(null)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('any body in the store', () => {
  async function stored(options: {
    readonly encrypt?: boolean
  }): Promise<{ sessions: Sessions; store: ScriptedStore; cookie: string; record: StoredRecord }> {
    const store = scriptedStore(memoryStore(), { replies: 'certain' })
    let record: StoredRecord | undefined
    store.after('create', ({ args }) => void (record = args[0] as StoredRecord))
    const sessions = createSessions({ ...options, secrets: [SECRET], store })
    const session = sessions.open({ headers: {} })
    session.set('key', { of: ['somebody'] })
    await session.commit()
    const cookie = session.takeHeaders()[0]![1].split(';')[0]!
    return { sessions, store, cookie, record: record! }
  }

  test('is read or is none', async () => {
    const { record } = await stored({})
    fc.assert(
      fc.property(
        fc.oneof(
          mutated(record.body),
          text(300),
          fc.json().map((json) => `${json}\n`),
        ),
        (body) => {
          expect(() => decodeBody('session', body)).not.toThrow()
        },
      ),
      RUNS,
    )
  })

  test('that is encrypted opens only as it was sealed', async () => {
    const { record } = await stored({ encrypt: true })
    const cipher = encryptedBodies('session', secrets)
    const { id, version, principal } = record
    expect(cipher.reveal(record.body, { id, version, principal })?.text).toContain('somebody')
    fc.assert(
      fc.property(fc.oneof(mutated(record.body), text(300)), (body) => {
        fc.pre(body !== record.body)
        expect(cipher.reveal(body, { id, version, principal })).toBe(undefined)
      }),
      RUNS,
    )
  })

  test('is a miss with an event where it is encrypted, never an error', async () => {
    const { sessions, store, cookie, record } = await stored({ encrypt: true })
    let unreadable = 0
    sessions.on('unreadable', () => void unreadable++)
    let { version } = record
    const call = { now: Date.now(), signal: new AbortController().signal }
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated(record.body), text(300)), async (body) => {
        version++
        unreadable = 0
        expect(await store.update({ ...record, version, body }, call)).toBe('updated')
        const session = sessions.open({ headers: { cookie } })
        expect(await session.get('key')).toBe(undefined)
        expect(unreadable).toBe(1)
      }),
      { numRuns: 500 },
    )
  })
})
