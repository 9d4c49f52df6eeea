/**
 * A record as core sees it, and its body: the opaque text that a store keeps.
 *
 * A body is one header line of JSON and then the values' JSON texts, one after the other. Values are cut out when they
 * are read and copied as text when they did not change, so a large session costs what is touched.
 *
 * @module
 */
import type { BodyCipher } from '../crypto/encryption.ts'
import type { StoredRecord } from '../contracts/store.ts'
import type { UsedLinks } from './used-links.ts'
import type { EncodedValue } from './values.ts'

const FORMAT = 1

/** One token that the record knows: which generation it is, and the hash of its secret. */
export interface TokenState {
  readonly generation: number
  readonly hash: string
  /** When it was issued, promoted or retired; see where it is used. */
  readonly at: number
}

/** What the application's `set` cannot reach (session puzzling, WSTG-SESS-08). */
export interface Meta {
  readonly createdAt: number
  /** When it was last written; a touch leaves the body alone. */
  readonly seenAt: number
  /** The absolute deadline, checked here as well as by the store. */
  readonly absoluteExpiresAt: number
  readonly kind: number
  /** `session`: forgotten when the browser closes. `remember`: no idle timeout. */
  readonly persistence: Persistence
  /** When the principal last proved who they are; 0 if never. */
  readonly authenticatedAt: number
  /** The generation issued last. */
  readonly generation: number
  /** The one issued by the last login, re-authentication or change of privilege. Older tokens are worth nothing. */
  readonly authGeneration: number
  readonly current: TokenState
  readonly pending: TokenState | undefined
  readonly retired: TokenState | undefined
  /** How many pending tokens were issued without one being seen. */
  readonly unconfirmed: number
  /** Of the last versions, the newest first: what tells our own write from another's after a lost reply. */
  readonly nonces: readonly string[]
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** What the last login said of the credentials. */
  readonly stamp: string | undefined
  /** One-time links that were followed. */
  readonly usedLinks: UsedLinks | undefined
  /** The session's own idle timeout, milliseconds; the application's counts without. */
  readonly idleTimeout: number | undefined
}

const persistences = ['normal', 'session', 'remember'] as const
export type Persistence = (typeof persistences)[number]

export type Values = ReadonlyMap<string, EncodedValue>

export interface SessionRecord {
  readonly id: string
  readonly version: number
  readonly expiresAt: number
  readonly principal: string | null
  readonly meta: Meta
  readonly values: Values
}

export function encodeBody(scope: string, meta: Meta, values: Values): string {
  const index: (string | number)[] = []
  const texts: string[] = ['']
  for (const [key, value] of values) {
    index.push(key, value.text.length, value.rich ? 1 : 0)
    texts.push(value.text)
  }
  const header: Header = [
    FORMAT,
    scope,
    meta.createdAt,
    meta.seenAt,
    meta.absoluteExpiresAt,
    meta.kind,
    persistences.indexOf(meta.persistence),
    meta.authenticatedAt,
    meta.generation,
    meta.authGeneration,
    tokenToJson(meta.current),
    index,
  ]
  if (isRare(meta)) {
    const { pending, retired, unconfirmed, nonces, address, userAgent, stamp, idleTimeout, usedLinks } = meta
    const rare: Rare = [
      pending ? tokenToJson(pending) : 0,
      retired ? tokenToJson(retired) : 0,
      unconfirmed,
      nonces.join(''),
      address ?? 0,
      userAgent ?? 0,
      stamp ?? 0,
      idleTimeout ?? 0,
    ]
    if (usedLinks) rare[8] = usedLinks
    header.push(rare)
  }
  texts[0] = `${JSON.stringify(header)}\n`
  // join makes one flat string: a rope of slices would keep the old bodies in memory.
  return texts.join('')
}

/** `undefined` for anything that is not a body of this application: torn, foreign, another application's. */
export function decodeBody(scope: string, body: string): { meta: Meta; values: Map<string, EncodedValue> } | undefined {
  const end = body.indexOf('\n')
  if (end < 0) return undefined
  try {
    const header = JSON.parse(body.slice(0, end)) as Header
    if (header[0] !== FORMAT || header[1] !== scope) return undefined
    const values = cutValues(header[11], body, end + 1)
    return values && { meta: metaFromJson(header), values }
  } catch {
    return undefined
  }
}

type TokenJson = [generation: number, hash: string, at: number]
/** What most records do without. */
type Rare = [
  pending: TokenJson | 0,
  retired: TokenJson | 0,
  unconfirmed: number,
  nonces: string,
  address: string | 0,
  userAgent: string | 0,
  stamp: string | 0,
  idleTimeout: number,
  usedLinks?: UsedLinks,
]
type Header = [
  format: number,
  scope: string,
  createdAt: number,
  seenAt: number,
  absoluteExpiresAt: number,
  kind: number,
  persistence: number,
  authenticatedAt: number,
  generation: number,
  authGeneration: number,
  current: TokenJson,
  /** Key, length and form (1: tagged) of each value. */
  index: (string | number)[],
  rare?: Rare,
]

function isRare({ pending, retired, nonces, address, userAgent, stamp, idleTimeout, usedLinks }: Meta): boolean {
  return Boolean(pending ?? retired ?? address ?? userAgent ?? stamp ?? idleTimeout ?? usedLinks) || nonces.length > 0
}

function cutValues(index: Header[11], body: string, start: number): Map<string, EncodedValue> | undefined {
  const values = new Map<string, EncodedValue>()
  let at = start
  for (let i = 0; i < index.length; i += 3) {
    const end = at + (index[i + 1] as number)
    values.set(index[i] as string, { text: body.slice(at, end), rich: index[i + 2] === 1 })
    at = end
  }
  return at === body.length ? values : undefined
}

const NOTHING_RARE: Rare = [0, 0, 0, '', 0, 0, 0, 0]

function metaFromJson(header: Header): Meta {
  const [pending, retired, unconfirmed, nonces, address, userAgent, stamp, idleTimeout, usedLinks] = header[12] ?? NOTHING_RARE
  return {
    createdAt: header[2],
    seenAt: header[3],
    absoluteExpiresAt: header[4],
    kind: header[5],
    persistence: persistences[header[6]] ?? 'normal',
    authenticatedAt: header[7],
    generation: header[8],
    authGeneration: header[9],
    current: tokenFromJson(header[10]),
    pending: pending === 0 ? undefined : tokenFromJson(pending),
    retired: retired === 0 ? undefined : tokenFromJson(retired),
    unconfirmed,
    nonces: nonces === '' ? [] : nonces.match(/.{8}/g)!,
    address: address === 0 ? undefined : address,
    userAgent: userAgent === 0 ? undefined : userAgent,
    stamp: stamp === 0 ? undefined : stamp,
    idleTimeout: idleTimeout || undefined,
    usedLinks,
  }
}

function tokenToJson(state: TokenState): TokenJson {
  return [state.generation, state.hash, state.at]
}

function tokenFromJson([generation, hash, at]: TokenJson): TokenState {
  return { generation, hash, at }
}

/** Turns records into what a store keeps and back: scoped by application, encrypted if asked. */
export class RecordCodec {
  readonly #scope: string
  readonly #cipher: BodyCipher | undefined

  constructor(scope: string, cipher: BodyCipher | undefined) {
    this.#scope = scope
    this.#cipher = cipher
  }

  /** The principal as the store knows it: two applications in one store never see each other's. */
  scoped(principal: string): string {
    return `${this.#scope}:${principal}`
  }

  encode(record: SessionRecord): StoredRecord {
    const principal = record.principal === null ? null : this.scoped(record.principal)
    const { id, version, expiresAt } = record
    const text = encodeBody(this.#scope, record.meta, record.values)
    const body = this.#cipher ? this.#cipher.seal(text, id, version, principal) : text
    return { id, version, expiresAt, retainUntil: record.meta.absoluteExpiresAt, principal, body }
  }

  /** `undefined` if it is another application's, sealed under a secret that is gone, torn, or past its absolute deadline. */
  decode(stored: StoredRecord, now: number): SessionRecord | undefined {
    const { id, version, expiresAt, principal } = stored
    const text = this.#cipher ? this.#cipher.open(stored.body, id, version, principal) : stored.body
    const body = text === undefined ? undefined : decodeBody(this.#scope, text)
    if (!body || body.meta.absoluteExpiresAt <= now) return undefined
    return { id, version, expiresAt, principal: principal === null ? null : principal.slice(this.#scope.length + 1), ...body }
  }
}
