import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secretOf } from '../../src/core/crypto/keys.ts'
import { sameHash } from '../../src/core/crypto/constant-time.ts'
import { cookieTransport } from '../../src/transports/cookie.ts'
import { TokenCodec, isSessionId, newSessionId } from '../../src/core/token/session-token.ts'

const first = secretOf('the first secret of the tests, 32')
const second = secretOf('the second secret of the tests, 32')
const cookie = cookieTransport()({ name: 'session', development: false })
const codec = new TokenCodec(cookie, 'signed-in', [first])
const id = newSessionId()
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')

describe('a token', () => {
  test('is 64 base64url characters, and says who it is', () => {
    const { token, hash } = codec.issue(id, 7)
    expect(token).toMatch(/^[A-Za-z0-9_-]{64}$/)
    expect(codec.read(token)).toEqual({ channel: 'signed-in', id, generation: 7, hash })
  })

  test('holds kind, secret, id, generation and 26 bytes more', () => {
    const bytes = Buffer.from(codec.issue(id, 0xfedcba98).token, 'base64url')
    expect([bytes.length, bytes[0], bytes[1]]).toEqual([48, 1, first.kid])
    expect(bytes.subarray(2, 18).toString('base64url')).toBe(id)
    expect(bytes.readUInt32BE(18)).toBe(0xfedcba98)
  })

  test('has a secret of its own each time, and the record keeps its hash only', () => {
    const tokens = Array.from({ length: 300 }, () => codec.issue(id, 1))
    expect(new Set(tokens.map(({ token }) => token.slice(29, 51))).size).toBe(300)
    expect(new Set(tokens.map(({ hash }) => hash)).size).toBe(300)
    for (const { token, hash } of tokens) expect(token).not.toContain(hash.slice(0, 12))
  })

  test('its hash depends on id and generation, so that it cannot be moved to another record', () => {
    const { token, hash } = codec.issue(id, 1)
    const moved = Buffer.from(token, 'base64url')
    moved.writeUInt32BE(2, 18)
    expect(codec.read(moved.toString('base64url'))).toBe(undefined)
    expect(hash).toHaveLength(43)
  })
})

describe('decoding is strict', () => {
  const { token } = codec.issue(id, 1)

  test('every change of every character is refused', () => {
    for (let at = 0; at < token.length; at++) {
      // Some decoders look at the low byte of a character only.
      for (const other of [
        ...ALPHABET,
        String.fromCharCode(token.charCodeAt(at) + 0x100),
        String.fromCharCode(token.charCodeAt(at) + 0x80),
      ]) {
        if (other === token[at]) continue
        expect(codec.read(token.slice(0, at) + other + token.slice(at + 1)), `${other} at ${at}`).toBe(undefined)
      }
    }
    expect(codec.read(token)).toBeDefined()
  })

  test.each<[what: string, text: string]>([
    ['nothing', ''],
    ['one character less', token.slice(1)],
    ['one more', `${token}A`],
    ['padding', `${token}=`],
    ['padding in place of characters', `${token.slice(0, 62)}==`],
    ['a blank before', ` ${token}`],
    ['a line end after', `${token}\n`],
    ['base64 in place of base64url', '+'.repeat(64)],
    ['percent encoding', `%41${token.slice(3)}`],
    ['zeros', 'A'.repeat(64)],
    ['characters of two units', '😀'.repeat(32)],
  ])('%s is refused', (_what, text) => {
    expect(codec.read(text)).toBe(undefined)
  })

  test('anything else is refused', () => {
    const sixtyFour = fc.array(fc.constantFrom(...ALPHABET), { minLength: 64, maxLength: 64 }).map((characters) => characters.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), sixtyFour), (text) => {
        expect(codec.read(text)).toBe(undefined)
      }),
    )
  })

  test.each([
    ['another name', new TokenCodec(cookieTransport()({ name: 'other', development: false }), 'signed-in', [first])],
    ['the other channel', new TokenCodec(cookie, 'anonymous', [first])],
    ['another kind', new TokenCodec({ ...cookie, kind: 2 }, 'signed-in', [first])],
    ['another secret', new TokenCodec(cookie, 'signed-in', [second])],
  ])('a token of %s is refused, both ways', (_what, other) => {
    expect(other.read(token)).toBe(undefined)
    expect(codec.read(other.issue(id, 1).token)).toBe(undefined)
  })
})

describe('secrets are changed by putting a new one in front', () => {
  const old = new TokenCodec(cookie, 'signed-in', [first])
  const both = new TokenCodec(cookie, 'signed-in', [second, first])
  const fresh = new TokenCodec(cookie, 'signed-in', [second])

  test('all verify, the first signs', () => {
    const { token } = old.issue(id, 1)
    expect(both.read(token)).toMatchObject({ id })
    expect(fresh.read(both.issue(id, 1).token)).toMatchObject({ id })
    expect(old.read(both.issue(id, 1).token)).toBe(undefined)
    expect(fresh.read(token)).toBe(undefined)
  })

  test('two secrets whose names collide are both tried', () => {
    const twin = Array.from({ length: 10_000 }, (_, i) => secretOf(`another secret of the tests, nr ${i}`)).find(
      ({ kid }) => kid === first.kid,
    )!
    const { token } = old.issue(id, 1)
    expect(new TokenCodec(cookie, 'signed-in', [twin, first]).read(token)).toMatchObject({ id })
    expect(new TokenCodec(cookie, 'signed-in', [twin]).read(token)).toBe(undefined)
  })
})

test('session ids are 22 base64url characters', () => {
  expect(isSessionId(newSessionId())).toBe(true)
  for (const text of ['', 'a'.repeat(21), 'a'.repeat(23), `${'a'.repeat(21)}/`, `${'a'.repeat(22)}\n`])
    expect(isSessionId(text)).toBe(false)
})

test('hashes are equal or not', () => {
  const { hash } = codec.issue(id, 1)
  expect(sameHash(hash, hash)).toBe(true)
  expect(sameHash(hash, codec.issue(id, 1).hash)).toBe(false)
  expect(sameHash('', '')).toBe(false)
  expect(sameHash(hash, hash.slice(1))).toBe(false)
})
