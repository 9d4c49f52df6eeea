/**
 * Records in bulk: copies of one that the library made by a sign-in, each with its own id, principal and MAC, so that
 * the library reads, lists and revokes them like any other.
 *
 * @module
 */
import { hash, randomBytes } from 'node:crypto'
import type { StoredRecord } from '../../src/contracts.ts'
import { authenticatedBodies } from '../../src/core/crypto/body-protection.ts'
import type { ProtectedText } from '../../src/core/crypto/body-protection.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { internalsOf } from '../../src/core/internals.ts'
import { encodeBody } from '../../src/core/record/body.ts'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { DAY, listed, MINUTE, NOW } from '../../src/testing/store-contract/rule.ts'

export interface Data {
  text?: string
  count?: number
}

/** What differs between copies. */
export interface Copy {
  readonly version?: number
  /** Another number makes another body, of the same length: an engine may skip a write that changes nothing. */
  readonly turn?: number
  readonly isDead?: boolean
}

export type Copies = (id: string, principal: string, copy?: Copy) => StoredRecord

const LATER = NOW + 10 * DAY
const NAME = 'session'
const SECRET = 'a secret of the bench, long enough for it'
const FIRST_COUNT = 10_000_000

export function sessionsOn(store: SessionStore): Sessions<Data> {
  return createSessions<Data>({
    secrets: [SECRET],
    store,
    maxValueSize: 1e6,
  })
}

/** The form of a session id. */
export function idOf(name: string): string {
  return hash('md5', name, 'base64url')
}

/** Text that no engine can compress much. */
function textOf(bytes: number): string {
  return randomBytes(bytes).toString('base64url').slice(0, bytes)
}

/** The principal as a store knows it. */
export function scoped(principal: string): string {
  return `${NAME}:${principal}`
}

export async function signIn(sessions: Sessions<Data>, principal: string, bytes?: number): Promise<string> {
  const response = await sessions.handle(new Request('https://shop.example/'), async (session) => {
    if (bytes !== undefined) {
      session.set('text', textOf(bytes))
      session.set('count', FIRST_COUNT)
    }
    await session.login(principal)
    return new Response('welcome')
  })
  return response.headers.getSetCookie().at(-1)!.split(';')[0]!
}

/** @param bytes of the application's data in each */
export async function copiesOf(bytes: number): Promise<Copies> {
  const store = memoryStore()
  const sessions = sessionsOn(store)
  await signIn(sessions, 'someone', bytes)
  const [stored] = await listed(store.principals, scoped('someone'))
  const { records } = internalsOf(sessions, 'bench')
  const record = records.decode(stored!, NOW)!
  await store.close()
  const { meta, values } = record
  const protection = authenticatedBodies(NAME, [secretOf(SECRET)], 0)
  const textAt = (turn: number): ProtectedText =>
    encodeBody(NAME, meta, new Map([...values, ['count', { text: String(FIRST_COUNT + turn), rich: false }]]))
  const first = textAt(0)
  return (id, user, { version = 1, turn = 0, isDead = false } = {}) => {
    const principal = scoped(user)
    const body = protection.protect(turn === 0 ? first : textAt(turn), { id, version, principal })
    return { id, version, expiresAt: isDead ? NOW - MINUTE : LATER, retainUntil: meta.absoluteExpiresAt, principal, body }
  }
}
