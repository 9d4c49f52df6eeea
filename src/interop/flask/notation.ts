/**
 * The four notations of a Flask session. Each value is kept by itself, so that unchanged ones are written back exactly
 * as they were.
 *
 * @module
 */
import { RESERVED } from '../../core/record/operations.ts'
import { objectText, readJson, readMembers, writeJson } from '../_python/python-json.ts'
import { pickleOfMembers, writePickle } from '../_python/pickling.ts'
import { readPickle } from '../_python/pickle.ts'
import { Tuple } from '../_python/python.ts'
import type { ForeignValues } from '../_shared/format.ts'
import { msgpackMap, readMsgpack, readMsgpackMembers, writeMsgpack } from './msgpack.ts'
import { readStoredSession, VALUE_JSON } from './session-value.ts'
import type { FlaskSessionFormat } from './session-value.ts'
import { COOKIE_JSON, isTag, readTagged, unescapedKey, writeTagged } from './tags.ts'

/** One notation for the values of a session. */
export interface Notation {
  /** @throws ERR_SESSION_VALUE_TYPE, naming the key */
  encode(value: unknown, key: string): string
  /** Returns `undefined` if the text is not a value. */
  decode(text: string): unknown
  /** One flash message as Flask keeps it: a tuple, if the notation has tuples. */
  pair(category: string, message: unknown): unknown
}

/** Values by key, as texts of a notation. */
export type Texts = ReadonlyMap<string, string>

export interface StoredNotation extends Notation {
  read(raw: Buffer): Texts | undefined
  write(texts: Texts): Buffer
}

export interface CookieNotation extends Notation {
  read(json: string): Texts | undefined
  write(texts: Texts): string
}

const tuple = (category: string, message: unknown): unknown => new Tuple([category, message])
const list = (category: string, message: unknown): unknown => [category, message]

/** The tagged JSON of cookies. */
export const cookieNotation: CookieNotation = {
  encode: writeTagged,
  decode: readTagged,
  pair: tuple,
  read(json) {
    const members = readMembers(json)
    const [[only, text] = ['', '']] = members ?? []
    if (members?.size !== 1 || !isTag(only)) return members
    // A session whose only key looks like a tag is escaped. Any other tag is not a session.
    const inner = only === ' di' ? readMembers(text) : undefined
    return inner && new Map([...inner].map(([key, value]) => [unescapedKey(key), value]))
  },
  write(texts) {
    const [[only] = ['']] = texts
    if (texts.size !== 1 || !isTag(only)) return objectText(texts, COOKIE_JSON)
    return objectText([[' di', objectText([[`${only}__`, texts.get(only)!]], COOKIE_JSON)]], COOKIE_JSON)
  },
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

const msgpackNotation: StoredNotation = {
  encode: (value, key) => base64(writeMsgpack(value, key)),
  decode: (text) => readMsgpack(bytes(text)),
  pair: list,
  read(raw) {
    const members = readMsgpackMembers(raw)
    return members ? new Map([...members].map(([key, value]) => [key, base64(value)])) : converted(raw, msgpackNotation)
  },
  write: (texts) => msgpackMap([...texts].map(([key, text]) => [writeMsgpack(key, 'session'), bytes(text)])),
}

const jsonNotation: StoredNotation = {
  encode: (value, key) => writeJson(value, key, VALUE_JSON),
  decode: readJson,
  pair: list,
  read: (raw) => readMembers(raw.toString()) ?? converted(raw, jsonNotation),
  write: (texts) => Buffer.from(objectText(texts, VALUE_JSON)),
}

/** Each value is kept as a pickle of its own. */
const pickleNotation: StoredNotation = {
  encode: (value, key) => base64(writePickle(value, key)),
  decode: (text) => readPickle(bytes(text)),
  pair: tuple,
  read: (raw) => converted(raw, pickleNotation),
  write: (texts) => pickleOfMembers([...texts].map(([key, text]) => [key, bytes(text)])),
}

export const storedNotations: Readonly<Record<FlaskSessionFormat, StoredNotation>> = {
  msgpack: msgpackNotation,
  json: jsonNotation,
  pickle: pickleNotation,
}

/** Converts what an older Flask-Session wrote. Tuples become lists, as they do in Flask-Session. */
function converted(raw: Buffer, notation: StoredNotation): Texts | undefined {
  const data = readStoredSession(raw)
  if (!data) return undefined
  try {
    const hasTuples = notation.pair('', '') instanceof Tuple
    return new Map(Object.entries(data).map(([key, value]) => [key, notation.encode(hasTuples ? value : untupled(value), key)]))
  } catch {
    return undefined
  }
}

function untupled(value: unknown): unknown {
  if (value instanceof Tuple) return value.items.map(untupled)
  if (Array.isArray(value)) return value.map(untupled)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, untupled(item)]))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untupled(item)]))
}

/** Keys that belong to Flask. The handle does not show them. */
const OWN: ReadonlySet<string> = new Set(['_flashes', '_permanent'])

export const FLASHES: string = `${RESERVED}_flashes`
export const PERMANENT: string = `${RESERVED}_permanent`

export function isOwn(key: string): boolean {
  return OWN.has(key)
}

export function valuesOf(texts: Texts): ForeignValues {
  const values = new Map<string, { text: string; rich: boolean }>()
  for (const [key, text] of texts) if (!key.startsWith(RESERVED)) values.set(isOwn(key) ? `${RESERVED}${key}` : key, { text, rich: false })
  return values
}

export function textsOf(values: ForeignValues): Texts {
  return new Map([...values].map(([key, { text }]) => [key.startsWith(RESERVED) ? key.slice(RESERVED.length) : key, text]))
}
