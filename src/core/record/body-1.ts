/**
 * The first format of bodies. It is read and no longer written: a record gets the second format at its next change. One
 * line of JSON, and then the values' JSON texts, one after the other.
 *
 * @module
 */
import { persistences } from './record.ts'
import type { Meta, TokenState } from './record.ts'
import type { Values } from './stored-values.ts'
import type { UsedLinks } from './used-links.ts'
import type { EncodedValue } from './values.ts'

type TokenJson = [generation: number, hash: string, at: number]
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

const NOTHING_RARE: Rare = [0, 0, 0, '', 0, 0, 0, 0]

/** `undefined` for anything that is not a body of this format and this application. */
export function decodeBody1(scope: string, body: string): { meta: Meta; values: Values } | undefined {
  const end = body.indexOf('\n')
  if (end < 0) return undefined
  try {
    const header = JSON.parse(body.slice(0, end)) as Header
    if (header[0] !== 1 || header[1] !== scope) return undefined
    const values = cutValues(header[11], body, end + 1)
    return values && { meta: metaOf(header), values }
  } catch {
    return undefined
  }
}

function cutValues(index: Header[11], body: string, start: number): Values | undefined {
  const values = new Map<string, EncodedValue>()
  let at = start
  for (let i = 0; i < index.length; i += 3) {
    const end = at + (index[i + 1] as number)
    values.set(index[i] as string, { text: body.slice(at, end), rich: index[i + 2] === 1 })
    at = end
  }
  return at === body.length ? values : undefined
}

function metaOf(header: Header): Meta {
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
    current: tokenOf(header[10]),
    pending: pending === 0 ? undefined : tokenOf(pending),
    retired: retired === 0 ? undefined : tokenOf(retired),
    unconfirmed,
    nonces: nonces === '' ? [] : nonces.match(/.{8}/g)!,
    address: address === 0 ? undefined : address,
    userAgent: userAgent === 0 ? undefined : userAgent,
    stamp: stamp === 0 ? undefined : stamp,
    idleTimeout: idleTimeout || undefined,
    usedLinks,
    epochs: [],
    acting: undefined,
  }
}

function tokenOf([generation, hash, at]: TokenJson): TokenState {
  return { generation, hash, at }
}
