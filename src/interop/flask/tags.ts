/**
 * Flask's tagged JSON: a value that JSON lacks is written as an object whose only key begins with a space
 * (`flask.json.tag`).
 *
 * @module
 */
import { define } from '../../core/record/values.ts'
import { readJson, writeJson } from '../_python/python-json.ts'
import { checkDepth, isPlainObject, Markup, PreciseDate, Tuple, unwritable, Uuid } from '../_python/python.ts'

/** JSON as Flask writes it in its cookies. */
export const COOKIE_JSON = { by: 'json', sorted: true } as const

const DICT = ' di'
const TAGS: ReadonlySet<string> = new Set([DICT, ' t', ' b', ' m', ' u', ' d'])
/** Appended to the only key of a dict that looks like a tag. */
const ESCAPE = '__'

/** Python takes a year below 100 in an HTTP date for one of two digits. */
const FIRST_DATE = Date.parse('0100-01-01T00:00:00Z')
const LAST_DATE = Date.parse('9999-12-31T23:59:59Z')

/** @throws ERR_SESSION_VALUE_TYPE for what Flask could not return as it was */
export function writeTagged(value: unknown, path: string): string {
  return writeJson(tagged(value, path, 0), path, COOKIE_JSON)
}

/** Returns `undefined` for anything but tagged JSON. Never throws. */
export function readTagged(text: string): unknown {
  try {
    const value = readJson(text)
    return value === undefined ? undefined : untagged(value)
  } catch {
    return undefined
  }
}

/** Returns the original key of an escaped dict's only key. */
export function unescapedKey(key: string): string {
  return key.slice(0, -ESCAPE.length)
}

export function isTag(key: string): boolean {
  return TAGS.has(key)
}

function tagged(value: unknown, path: string, depth: number): unknown {
  checkDepth(path, depth)
  if (typeof value !== 'object' || value === null) return value
  const inner = (item: unknown, name: string | number): unknown => tagged(item, `${path}.${name}`, depth + 1)
  if (Array.isArray(value)) return Array.from(value, inner)
  if (value instanceof Tuple) return { ' t': value.items.map(inner) }
  if (value instanceof Uint8Array) return { ' b': Buffer.from(value).toString('base64') }
  if (value instanceof Markup) return { ' m': value.html }
  if (value instanceof Uuid) return { ' u': value.value.replaceAll('-', '') }
  if (value instanceof Date) return { ' d': httpDate(value, path) }
  if (!isPlainObject(value)) return value
  const entries = Object.entries(value)
  const escape = entries.length === 1 && isTag(entries[0]![0]) ? ESCAPE : ''
  const object: Record<string, unknown> = {}
  for (const [key, item] of entries) define(object, `${key}${escape}`, inner(item, key))
  return escape === '' ? object : { [DICT]: object }
}

/** Flask's dates have whole seconds only. */
function httpDate(date: Date, path: string): string {
  const time = date.getTime()
  if (!(time >= FIRST_DATE && time <= LAST_DATE)) throw unwritable(path, date, 'Python')
  if (time % 1_000 !== 0 || date instanceof PreciseDate) throw unwritable(path, date, "Flask's cookie, which keeps whole seconds,")
  return date.toUTCString()
}

function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  if (!isPlainObject(value)) return value
  const keys = Object.keys(value)
  for (const key of keys) define(value, key, untagged(value[key]))
  const [only] = keys
  return keys.length === 1 && isTag(only!) ? untag(only!, value[only!]) : value
}

function untag(tag: string, value: unknown): unknown {
  if (tag === ' t' && Array.isArray(value)) return new Tuple(value)
  if (tag === DICT && typeof value === 'object' && value !== null && isPlainObject(value)) {
    const [[key, item] = []] = Object.entries(value)
    if (key === undefined) throw new Error('an empty dict in a tag')
    const object: Record<string, unknown> = {}
    define(object, unescapedKey(key), item)
    return object
  }
  if (typeof value !== 'string') throw new Error('another type in a tag')
  if (tag === ' m') return new Markup(value)
  if (tag === ' u') return new Uuid(value)
  if (tag === ' b') return bytesOf(value)
  const date = new Date(value)
  if (date.toUTCString() !== value) throw new Error('not a date')
  return date
}

function bytesOf(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) throw new Error('not base64')
  return Uint8Array.from(bytes)
}
