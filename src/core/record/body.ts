/**
 * The body of a record: the opaque text that a store keeps. The fields that core needs stand first, as a row of numbers
 * and texts; then come the values, and in the tail the large ones. The body contains its own lengths, so that a torn
 * one is recognised at once.
 *
 * `3,scope,length of the values,length of the tail,createdAt,…,` and then the fields that most records do not have. The
 * second format had no tail and no epochs. Before the rare fields stands which follow: 0 none, 1 all
 * but who acts, 2 all.
 *
 * @module
 */
import { position, readFrom, readNumber, readOptionalText, readPlain, writeNumber, writeOptionalText, writeText } from './body-text.ts'
import { decodeBody1 } from './body-1.ts'
import type { ProtectedText } from '../crypto/body-protection.ts'
import { persistences } from './record.ts'
import type { Acting, Meta, TokenState } from './record.ts'
import { StoredValues, writeValues } from './stored-values.ts'
import type { Values } from './stored-values.ts'
import type { UsedLinks } from './used-links.ts'

/** Small values lie in the head, large ones in the tail. */
export function encodeBody(scope: string, meta: Meta, values: Values): ProtectedText {
  const { head, tail } = writeValues(values)
  const { current } = meta
  const fields =
    `3,${scope},${lengthOf(head)},${lengthOf(tail)},` +
    `${writeNumber(meta.createdAt)},${writeNumber(meta.seenAt)},${writeNumber(meta.absoluteExpiresAt)},${meta.kind},` +
    `${persistences.indexOf(meta.persistence)},${writeNumber(meta.authenticatedAt)},${meta.generation},${meta.authGeneration},` +
    writeToken(current) +
    writeRare(meta)
  return { head: [fields, ...head].join(''), tail }
}

export function lengthOf(pieces: readonly string[]): number {
  let length = 0
  for (const piece of pieces) length += piece.length
  return length
}

/** Returns `undefined` for anything that is not a complete body of this application. */
export function decodeBody(scope: string, body: string): { meta: Meta; values: Values } | undefined {
  const mark = `,${scope},`
  if (!body.startsWith(mark, 1)) return decodeBody1(scope, body)
  try {
    readFrom(body, 0)
    const format = readNumber()
    if (format !== 3 && format !== 2) return undefined
    readFrom(body, mark.length + 1)
    const length = readNumber()
    const tail = format === 3 ? readNumber() : 0
    const meta = readMeta(format === 3)
    const at = position()
    return at + length + tail === body.length ? { meta, values: new StoredValues(body, at, at + length) } : undefined
  } catch {
    return undefined
  }
}

function readMeta(hasEpochs: boolean): Meta {
  const createdAt = readNumber()
  const seenAt = readNumber()
  const absoluteExpiresAt = readNumber()
  const kind = readNumber()
  const persistence = persistences[readNumber()] ?? 'normal'
  const authenticatedAt = readNumber()
  const generation = readNumber()
  const authGeneration = readNumber()
  const current = readToken()
  const rare = readNumber()
  const isRare = rare > 0
  const pending = isRare ? readOptionalToken() : undefined
  const retired = isRare ? readOptionalToken() : undefined
  const unconfirmed = isRare ? readNumber() : 0
  const nonces = isRare ? readPlain() : ''
  const address = isRare ? readOptionalText() : undefined
  const userAgent = isRare ? readOptionalText() : undefined
  const stamp = isRare ? readOptionalText() : undefined
  const idleTimeout = isRare ? readNumber() : 0
  const usedLinks = isRare ? readOptionalText() : undefined
  const epochs = isRare && hasEpochs ? readOptionalText() : undefined
  const acting = rare === 2 ? readOptionalText() : undefined
  return {
    createdAt,
    seenAt,
    absoluteExpiresAt,
    kind,
    persistence,
    authenticatedAt,
    generation,
    authGeneration,
    current,
    pending,
    retired,
    unconfirmed,
    nonces: nonces === '' ? NONE : nonces.match(/.{8}/g)!,
    address,
    userAgent,
    stamp,
    idleTimeout: idleTimeout || undefined,
    usedLinks: usedLinks === undefined ? undefined : (JSON.parse(usedLinks) as UsedLinks),
    epochs: epochs === undefined ? NONE : epochs.split(' '),
    acting: acting === undefined ? undefined : (JSON.parse(acting) as Acting),
  }
}

const NONE: readonly string[] = []

function writeRare(meta: Meta): string {
  const { pending, retired, nonces, address, userAgent, stamp, idleTimeout, usedLinks, epochs, acting } = meta
  if (
    nonces.length + epochs.length === 0 &&
    (pending ?? retired ?? address ?? userAgent ?? stamp ?? idleTimeout ?? usedLinks ?? acting) === undefined
  )
    return '0,'
  return (
    `${acting ? 2 : 1},` +
    `${writeOptionalToken(pending)}${writeOptionalToken(retired)}${meta.unconfirmed},${writeText(nonces.join(''))}` +
    `${writeOptionalText(address)}${writeOptionalText(userAgent)}${writeOptionalText(stamp)}${writeNumber(idleTimeout ?? 0)},` +
    writeOptionalText(usedLinks && JSON.stringify(usedLinks)) +
    writeOptionalText(epochs.length > 0 ? epochs.join(' ') : undefined) +
    (acting ? writeOptionalText(JSON.stringify(acting)) : '')
  )
}

function writeToken({ generation, at, hash }: TokenState): string {
  return `${generation},${writeNumber(at)},${hash.length},${hash}`
}

function readToken(): TokenState {
  const generation = readNumber()
  const at = readNumber()
  return { generation, hash: readPlain(), at }
}

function writeOptionalToken(token: TokenState | undefined): string {
  return token ? `1,${writeToken(token)}` : '0,'
}

function readOptionalToken(): TokenState | undefined {
  return readNumber() === 1 ? readToken() : undefined
}
