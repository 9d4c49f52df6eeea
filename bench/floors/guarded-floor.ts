/**
 * The guarded floor: the checks that the promises need, in one file, by hand. The token is decoded, its tag, the hash of
 * its secret and the MAC of the record are checked, the deadlines and the version are kept, the response is marked. There are no
 * failures, no conflicts, no events, and no second store or framework.
 *
 * @module
 */
import { hash, randomFillSync, timingSafeEqual } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { IDLE, secret } from '../places.ts'
import { floorListener } from './parts.ts'

/** `version(1) kid(1) id(16) generation(4) secret(16) tag(10)`, as our own token. */
const BYTES = 48
const SIGNED = 38
const TEXT = 64
const NAME = '__Host-session='
const ABSOLUTE = 30 * 24 * 3_600_000

interface StoredRecord {
  readonly version: number
  readonly expiresAt: number
  readonly retainUntil: number
  readonly generation: number
  readonly hash: string
  readonly json: string
  readonly mac: string
}

export function guardedFloor(): RequestListener {
  const records = new Map<string, StoredRecord>()
  const token = Buffer.alloc(BYTES)
  const signed = token.subarray(0, SIGNED)
  const tag = token.subarray(SIGNED)
  const expected = Buffer.alloc(BYTES - SIGNED)
  const tagOf = hmac(Buffer.from(secret))
  const macOf = textHmac(Buffer.from(secret))
  const random = randomBytes()
  return floorListener(
    (request, response) => {
      mark(response, 'private')
      const text = cookieIn(request.headers.cookie)
      if (text === undefined) return undefined
      token.write(text, 'base64url')
      if (token[0] !== 1 || token[1] !== 7 || token.toString('base64url') !== text) return undefined
      expected.write(tagOf(signed), 'latin1')
      if (!timingSafeEqual(expected, tag)) return undefined
      const id = token.toString('base64url', 2, 18)
      const record = records.get(id)
      const now = Date.now()
      if (record === undefined || record.expiresAt <= now || record.generation !== token.readUInt32BE(18)) return undefined
      if (!sameText(record.hash, hash('sha256', token.subarray(2, SIGNED), 'base64url'))) return undefined
      if (!sameText(record.mac, macOf(`${id},${record.version},${record.json}`))) return undefined
      const values = JSON.parse(record.json) as Record<string, unknown>
      const save = (): void => {
        const newest = records.get(id)
        if (newest?.version !== record.version) throw new Error('A conflict: to be merged.')
        const expiresAt = Math.min(Date.now() + IDLE, record.retainUntil)
        const version = record.version + 1
        const json = JSON.stringify(values)
        records.set(id, { ...record, version, expiresAt, json, mac: macOf(`${id},${version},${json}`) })
      }
      return { values, save }
    },
    (response, values) => {
      token[0] = 1
      token[1] = 7
      random(token, 2, 16)
      token.writeUInt32BE(1, 18)
      random(token, 22, 16)
      token.write(tagOf(signed), SIGNED, 'latin1')
      const now = Date.now()
      const id = token.toString('base64url', 2, 18)
      const json = JSON.stringify(values)
      records.set(id, {
        version: 1,
        expiresAt: now + IDLE,
        retainUntil: now + ABSOLUTE,
        generation: 1,
        hash: hash('sha256', token.subarray(2, SIGNED), 'base64url'),
        json,
        mac: macOf(`${id},1,${json}`),
      })
      mark(response, 'no-store')
      const expires = new Date(now + ABSOLUTE).toUTCString()
      response.setHeader('Set-Cookie', `${NAME}${token.toString('base64url')}; Path=/; Expires=${expires}; HttpOnly; Secure; SameSite=Lax`)
    },
  )
}

function mark(response: ServerResponse, caching: string): void {
  response.setHeader('Vary', 'Cookie')
  response.setHeader('Cache-Control', caching)
}

/** The value of our cookie where a cookie begins, unless it has the wrong length. */
function cookieIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const at = header.startsWith(NAME) ? 0 : header.indexOf(`; ${NAME}`) + 2
  if (at === 1) return undefined
  const start = at + NAME.length
  const end = header.indexOf(';', start)
  const text = header.slice(start, end === -1 ? undefined : end)
  return text.length === TEXT ? text : undefined
}

/** In a time that does not depend on where the texts differ. */
function sameText(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let difference = 0
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i)
  return difference === 0
}

/** HMAC-SHA-256, cut to ten bytes, as two hashes with the padded blocks kept. */
function hmac(key: Buffer): (signed: Buffer) => string {
  const inner = Buffer.alloc(64 + SIGNED, 0x36)
  const outer = Buffer.alloc(64 + 32, 0x5c)
  for (const [i, byte] of key.subarray(0, 64).entries()) {
    inner[i]! ^= byte
    outer[i]! ^= byte
  }
  return (bytes) => {
    inner.set(bytes, 64)
    outer.write(hash('sha256', inner, 'binary'), 64, 'latin1')
    return hash('sha256', outer, 'binary').slice(0, BYTES - SIGNED)
  }
}

/** HMAC-SHA-256 of texts, by a key of 64 characters that fills the block. */
function textHmac(key: Buffer): (text: string) => string {
  const text = Buffer.from(key.toString('hex').padEnd(64, '0').slice(0, 64))
  const inner = text.map((byte) => byte ^ 0x36).toString()
  const outer = Buffer.alloc(64 + 32)
  outer.set(text.map((byte) => byte ^ 0x5c))
  return (message) => {
    outer.write(hash('sha256', inner + message, 'binary'), 64, 'latin1')
    return hash('sha256', outer, 'base64url')
  }
}

/** Fresh random bytes from a pool, which is wiped where it was used. */
function randomBytes(): (target: Buffer, at: number, length: number) => void {
  const pool = Buffer.alloc(8_192)
  let used = pool.length
  return (target, at, length) => {
    if (used + length > pool.length) {
      randomFillSync(pool)
      used = 0
    }
    pool.copy(target, at, used, used + length)
    pool.fill(0, used, used + length)
    used += length
  }
}
