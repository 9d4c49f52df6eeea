/**
 * Link tokens: the tokens that stand in addresses and forms. Each is derived from the record for one use, so that a
 * page never holds a token that works anywhere else: `kind(1) kid(1) once‖depth(1) id(16) generation(4) expiry(6)
 * nonce(8) secret(16) tag(10)`, 63 bytes, 84 base64url characters.
 *
 * The *secret* is `HMAC(label ‖ all before it ‖ the hash that the record keeps ‖ path)`. Neither a stolen store nor a
 * stolen application secret is enough to make one, and a login, which changes the hash, invalidates it. The *depth*
 * says how many segments the bound path has; the path itself comes from the request. The *tag* refuses forgeries, and
 * other paths, without asking the store.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { segmentsOf } from './paths.ts'
import { parseSpan } from '../basics/time.ts'
import type { Duration } from '../basics/time.ts'
import { SojournError } from '../basics/errors.ts'
import type { Secret } from '../crypto/keys.ts'
import { randomInto } from '../crypto/random.ts'
import type { Claim } from './session-token.ts'
import type { RequestHead, Transport } from '../contracts/transport.ts'

const BYTES = 63
const TEXT_LENGTH = 84
const ID_AT = 3
const GENERATION_AT = 19
const EXPIRY_AT = 23
const NONCE_AT = 29
const SECRET_AT = 37
const TAG_AT = 53
const ONCE = 0x80
const DEEPEST = 0x7f
const SECRET_LABEL = 'sojourn/link'

/** What a link or a form may be used for. */
export interface LinkOptions {
  /**
   * Valid only at this path and below it, such as `/account`; the path as the application's server sees it. If left
   * out: the whole site.
   */
  readonly path?: string
  /**
   * Valid until the first request that may change something: GET, HEAD and OPTIONS only show, POST uses it up. Default
   * `false`.
   */
  readonly once?: boolean
  /** Default: the transport's. */
  readonly lifetime?: Duration
}

/** The session that a link leads to, by its current token. */
export interface LinkedSession {
  readonly id: string
  readonly generation: number
  readonly hash: string
}

interface Keys {
  readonly kid: number
  readonly secret: Buffer
  readonly tag: Buffer
}

/** Makes and reads the link tokens of one transport. */
export class LinkCodec {
  readonly #kind: number
  readonly #lifetime: number
  /** The first signs, all verify. */
  readonly #keys: readonly Keys[]

  constructor({ kind, label }: Pick<Transport, 'kind' | 'label'>, lifetime: number, secrets: readonly Secret[]) {
    const purpose = `${kind}/${label('anonymous')}`
    this.#kind = kind
    this.#lifetime = lifetime
    this.#keys = secrets.map((secret) => ({
      kid: secret.kid,
      secret: secret.key(`sojourn/v1/link/${purpose}`),
      tag: secret.key(`sojourn/v1/link-tag/${purpose}`),
    }))
  }

  /** @throws ERR_SESSION_LINK for an invalid path, ERR_SESSION_DURATION */
  issue({ id, generation, hash }: LinkedSession, { path, once = false, lifetime }: LinkOptions, now: number): string {
    const bound = path === undefined ? [] : boundSegments(path)
    const keys = this.#keys[0]!
    const token = Buffer.alloc(BYTES)
    token[0] = this.#kind
    token[1] = keys.kid
    token[2] = (once ? ONCE : 0) | bound.length
    token.write(id, ID_AT, 'base64url')
    token.writeUInt32BE(generation, GENERATION_AT)
    token.writeUIntBE(now + (lifetime === undefined ? this.#lifetime : parseSpan(lifetime, 'lifetime')), EXPIRY_AT, 6)
    // Every token has a nonce: a page that shows a new token each time reveals nothing by its compressed length
    // (BREACH).
    randomInto(token, NONCE_AT, SECRET_AT - NONCE_AT)
    token.set(linkSecret(keys.secret, token, hash, bound), SECRET_AT)
    token.set(tagOf(keys.tag, token, bound), TAG_AT)
    return token.toString('base64url')
  }

  /**
   * Returns `undefined` for anything that is not a token we issued for this transport, for a token of another path, and
   * for one that had expired when the request was opened.
   */
  read(text: string, request: RequestHead & { readonly openedAt: number }): Claim | undefined {
    if (text.length !== TEXT_LENGTH) return undefined
    const token = Buffer.from(text, 'base64url')
    if (token[0] !== this.#kind || token.toString('base64url') !== text) return undefined
    const expiresAt = token.readUIntBE(EXPIRY_AT, 6)
    const depth = token[2]! & DEEPEST
    const path = depth === 0 ? [] : segmentsOf(request.url ?? '')?.slice(0, depth)
    if (request.openedAt >= expiresAt || path?.length !== depth) return undefined
    const keys = this.#keys.find(({ kid, tag }) => kid === token[1] && timingSafeEqual(tagOf(tag, token, path), token.subarray(TAG_AT)))
    if (!keys) return undefined
    return {
      channel: 'anonymous',
      id: token.toString('base64url', ID_AT, GENERATION_AT),
      generation: token.readUInt32BE(GENERATION_AT),
      hash: '',
      renewed: undefined,
      link: {
        nonce: token[2]! & ONCE ? token.toString('base64url', NONCE_AT, SECRET_AT) : undefined,
        expiresAt,
        proves: (hash) => timingSafeEqual(linkSecret(keys.secret, token, hash, path), token.subarray(SECRET_AT, TAG_AT)),
      },
    }
  }
}

function boundSegments(path: string): string[] {
  const segments = typeof path === 'string' && path.startsWith('/') ? segmentsOf(path) : undefined
  if (segments && segments.length <= DEEPEST) return segments
  throw new SojournError('ERR_SESSION_LINK', `path: ${JSON.stringify(path)} is not a plain path that begins with '/'.`)
}

function linkSecret(key: Buffer, token: Buffer, hash: string, path: readonly string[]): Buffer {
  const parts = [Buffer.from(SECRET_LABEL), token.subarray(0, SECRET_AT), Buffer.from(hash)]
  return mac(key, parts, path).subarray(0, TAG_AT - SECRET_AT)
}

function tagOf(key: Buffer, token: Buffer, path: readonly string[]): Buffer {
  return mac(key, [token.subarray(0, TAG_AT)], path).subarray(0, BYTES - TAG_AT)
}

/** No segment contains a slash, and everything before the path has a fixed length, so two inputs never become one. */
function mac(key: Buffer, parts: readonly Buffer[], path: readonly string[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.update(path.join('/')).digest()
}
