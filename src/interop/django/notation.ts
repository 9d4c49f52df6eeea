/**
 * Keeps the values of a Django session one by one, so that unchanged ones are written back exactly as they were. From
 * JSON each is kept as its text. From a pickle each is kept as its own pickle in base64, which begins with `g`, as no
 * JSON does.
 *
 * @module
 */
import { RESERVED } from '../../core/record/operations.ts'
import { SojournError } from '../../core/basics/errors.ts'
import { checkSize } from '../../core/record/values.ts'
import type { EncodedValue, ValueCodec } from '../../core/record/values.ts'
import type { ForeignValues } from '../_shared/format.ts'
import { pickleOfMembers, writePickle } from '../_python/pickling.ts'
import { readPickle } from '../_python/pickle.ts'
import { objectText, readJson, readMembers, writeJson } from '../_python/python-json.ts'
import { plainValue } from '../_python/python.ts'
import { isPickle, readCachedSession } from './session-data.ts'
import { DJANGO_JSON } from './signing.ts'

/** The key of `set_expiry`. The handle does not show it. */
const KEPT_EXPIRY = '_session_expiry'
export const EXPIRY: string = `${RESERVED}${KEPT_EXPIRY}`

/** Writes one value, as JSON or as a pickle. */
export type ValueWriter = (value: unknown, key: string) => string

export const jsonWriter: ValueWriter = (value, key) => writeJson(value, key, DJANGO_JSON)
export const pickleWriter: ValueWriter = (value, key) => writePickle(value, key).toString('base64')

export function encoded(write: ValueWriter, value: unknown, key: string): EncodedValue {
  return { text: write(value, key), rich: false }
}

export function decoded({ text }: EncodedValue): unknown {
  return text.startsWith('g') ? readPickle(Buffer.from(text, 'base64')) : readJson(text)
}

/**
 * @param plain whether to return plain values, which our own sessions can keep, instead of the classes for Python's
 * types
 */
export function codecOf(write: ValueWriter, plain: boolean): ValueCodec {
  return {
    encode(key, value, maxBytes) {
      if (key === KEPT_EXPIRY) throw new SojournError('ERR_SESSION_KEY', `"${KEPT_EXPIRY}" is a key that Django keeps for itself.`)
      const kept = encoded(write, value, key)
      checkSize(key, kept.text, maxBytes)
      return kept
    },
    decode: plain ? (value) => plainValue(decoded(value)) : decoded,
  }
}

/** Reads the values from signed JSON or from a pickle. */
export function valuesIn(payload: Buffer): ForeignValues | undefined {
  return isPickle(payload) ? valuesInPickle(payload) : valuesOf(readMembers(payload.toString('latin1')))
}

export function valuesInPickle(bytes: Buffer): ForeignValues | undefined {
  const data = readCachedSession(bytes)
  try {
    return data && valuesOf(new Map(Object.entries(data).map(([key, value]) => [key, pickleWriter(value, key)])))
  } catch {
    return undefined
  }
}

function valuesOf(texts: ReadonlyMap<string, string> | undefined): ForeignValues | undefined {
  if (!texts) return undefined
  const values = new Map<string, EncodedValue>()
  for (const [key, text] of texts) if (!key.startsWith(RESERVED)) values.set(key === KEPT_EXPIRY ? EXPIRY : key, { text, rich: false })
  return values
}

function textsOf(values: ForeignValues): [key: string, text: string][] {
  return [...values].map(([key, { text }]) => [key === EXPIRY ? KEPT_EXPIRY : key, text])
}

export function jsonOf(values: ForeignValues): string {
  return objectText(textsOf(values), DJANGO_JSON)
}

export function pickleIn(values: ForeignValues): Buffer {
  return pickleOfMembers(textsOf(values).map(([key, text]) => [key, Buffer.from(text, 'base64')]))
}
