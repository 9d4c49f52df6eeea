import { createDecipheriv, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { StoredRecord } from '../../src/contracts.ts'
import type { Sessions, SessionStore } from '../../src/index.ts'
import { encryptedBodies } from '../../src/core/crypto/body-protection.ts'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { application } from '../_support/application.ts'
import { client } from '../_support/client.ts'

const [A, B] = ['the first secret of the tests, 32', 'the second secret of the tests, 32'] as const
const OF_ALICE = { id: 'id', version: 3, principal: 'shop:alice' }
const [first, second] = [secretOf(A), secretOf(B)]

describe('a sealed body', () => {
  const cipher = encryptedBodies('shop', [first])
  const body = cipher.protect({ head: 'the text', tail: [] }, OF_ALICE)

  test('opens where it was sealed', () => {
    expect(cipher.reveal(body, OF_ALICE)?.text).toBe('the text')
    expect(
      cipher.reveal(cipher.protect({ head: '', tail: [] }, { id: 'id', version: 1, principal: null }), {
        id: 'id',
        version: 1,
        principal: null,
      })?.text,
    ).toBe('')
  })

  test('looks different each time', () => {
    expect(cipher.protect({ head: 'the text', tail: [] }, OF_ALICE)).not.toBe(body)
  })

  test.each<[what: string, id: string, version: number, principal: string | null]>([
    ['another id', 'di', 3, 'shop:alice'],
    ['another version', 'id', 4, 'shop:alice'],
    ['another principal', 'id', 3, 'shop:mallory'],
    ['no principal', 'id', 3, null],
  ])('moved to %s does not open', (_what, id, version, principal) => {
    expect(cipher.reveal(body, { id, version, principal })).toBe(undefined)
  })

  test('of another application, or of another secret, does not open', () => {
    expect(encryptedBodies('blog', [first]).reveal(body, OF_ALICE)).toBe(undefined)
    expect(encryptedBodies('shop', [second]).reveal(body, OF_ALICE)).toBe(undefined)
  })

  test('opens as long as its secret is in the list', () => {
    expect(encryptedBodies('shop', [second, first]).reveal(body, OF_ALICE)?.text).toBe('the text')
  })

  test('that is changed or torn does not open, and is no error', () => {
    const bytes = Buffer.from(body.slice(2), 'base64url')
    expect(cipher.reveal(`2,${bytes.toString('base64url')}`, OF_ALICE)?.text, 'the control').toBe('the text')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      expect(cipher.reveal(`2,${changed.toString('base64url')}`, OF_ALICE), `byte ${at}`).toBe(undefined)
      expect(cipher.reveal(`2,${bytes.subarray(0, at).toString('base64url')}`, OF_ALICE), `${at} bytes`).toBe(undefined)
    }
    expect(cipher.reveal('{"not": "sealed"}', OF_ALICE)).toBe(undefined)
  })
})

test('it is AES-256-GCM under a key of its hour, with id, version and principal as associated data: opened here by hand', () => {
  const hour = 1_140_000
  const body = encryptedBodies('shop', [first], { now: () => hour * 3_600_000 + 1 }).protect({ head: 'the text', tail: [] }, OF_ALICE)
  expect(body.startsWith('2,')).toBe(true)
  const bytes = Buffer.from(body.slice(2), 'base64url')
  const key = createHmac('sha256', first.key('sojourn/v1/encrypt/shop')).update(`hour/${hour}`).digest()
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(5, 17))
  decipher.setAAD(Buffer.from('["id",3,"shop:alice"]'))
  decipher.setAuthTag(bytes.subarray(17, 33))
  expect([bytes[0], bytes.readUInt32BE(1)]).toEqual([first.kid, hour])
  expect(Buffer.concat([decipher.update(bytes.subarray(33)), decipher.final()]).toString()).toBe('the text')
})

async function records(store: SessionStore): Promise<readonly StoredRecord[]> {
  return (await store.scanner!.scan(undefined, 10, { now: Date.now(), signal: new AbortController().signal })).records
}

describe('encrypted sessions', () => {
  test('are sealed under the first secret as soon as they are seen: then the old one can go', async () => {
    const store = memoryStore()
    const sessionsWith = (secrets: string[]): Sessions => createSessions({ secrets, store, encrypt: true })
    const browser = client(sessionsWith([A]))
    await browser.run((session) => session.set('cart', 'full'))
    const during = sessionsWith([B, A])
    expect((await browser.run((session) => session.get('cart'), { at: sessionsWith([B]) })).result).toBe(undefined)
    await browser.run((session) => session.get('cart'), { at: during })
    expect((await browser.run((session) => session.get('cart'), { at: sessionsWith([B]) })).result).toBe('full')
  })

  test('can be switched on and off again, one process after another, and no session ends', async () => {
    const store = memoryStore()
    const bodies: string[] = []
    const [plain, encrypting] = [false, true].map((encrypt) => createSessions({ secrets: [A], store, encrypt })) as [Sessions, Sessions]
    const browser = client(plain)
    await browser.run((session) => session.login('alice'))
    for (const [nth, at] of [encrypting, plain, encrypting].entries()) {
      const { result } = await browser.run(async (session) => [(await session.load()).principal, (await session.get('visits')) ?? 0], {
        at,
      })
      expect(result).toEqual(['alice', nth])
      bodies.push((await records(store))[0]!.body)
      await browser.run((session) => session.increment('visits'), { at: at === plain ? encrypting : plain })
      expect(await at.of('alice').list()).toHaveLength(1)
    }
    expect(
      bodies.map((body) => body.startsWith('2,')),
      'the first that reads a record writes it anew',
    ).toEqual([true, false, true])
  })

  test('the store sees nothing of the data, of the token, or of the address', async () => {
    const { sessions, store } = application({ encrypt: true })
    const records: StoredRecord[] = []
    store.after('create', ({ args }) => void records.push(args[0] as StoredRecord))
    store.after('update', ({ args }) => void records.push(args[0] as StoredRecord))
    const browser = client(sessions)
    await browser.run((session) => session.set('note', 'a very private note'), { headers: { 'user-agent': 'Netscape' } })
    await browser.run(async (session) => {
      expect(await session.get('note')).toBe('a very private note')
      await session.login('alice')
    })

    expect(records).toHaveLength(2)
    for (const { body } of records) expect(body).not.toMatch(/private|note|Netscape|alice/)
    const bodies = records.map(({ body }) => Buffer.from(body.slice(2), 'base64url').toString('latin1')).join('')
    expect(bodies).not.toMatch(/private|Netscape/)
  })

  test('a body whose secret was removed is an event and a miss, never an error', async () => {
    const store = memoryStore()
    const sessionsWith = (secrets: string[]): Sessions => createSessions({ secrets, store, encrypt: true })
    const browser = client(sessionsWith([B, A]))
    const { result: id } = await browser.run(async (session) => {
      session.set('cart', 'full')
      await session.commit()
      return session.id
    })
    await browser.run((session) => session.set('cart', 'fuller'), { at: sessionsWith([A, B]) })
    const without = sessionsWith([B])
    const unreadable: unknown[] = []
    without.on('unreadable', (event) => void unreadable.push(event))

    const { result } = await browser.run((session) => session.get('cart'), { at: without })
    expect(result).toBe(undefined)
    expect(unreadable).toEqual([{ id }])
    await browser.run((session) => session.set('cart', 'new'), { at: without })
    expect((await browser.run((session) => session.get('cart'), { at: without })).result).toBe('new')
  })

  test('a record that was moved under another id is a miss', async () => {
    const { sessions, store, clock } = application({ encrypt: true })
    const [alice, mallory] = [client(sessions), client(sessions)]
    await alice.run((session) => session.login('alice'))
    await mallory.run((session) => session.login('mallory'))
    const ids = await Promise.all([alice, mallory].map(async (browser) => (await browser.open().load()).id!))
    const call = { now: clock.now(), signal: new AbortController().signal }
    const ofAlice = (await store.load(ids[0]!, call))!
    await store.delete(ids[1]!, call)
    await store.create({ ...ofAlice, id: ids[1]! }, call)

    expect((await mallory.run(async (session) => (await session.load()).principal)).result).toBe(null)
  })
})
