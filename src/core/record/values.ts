/**
 * Turns one value into text and back as it was: JSON, and a tagged form for `Date`, `Map`, `Set`, `bigint`,
 * `undefined`, `Uint8Array`, `NaN`, the infinities and `-0`. A value is walked once, when it is written. Plain JSON,
 * the common case, is decoded by `JSON.parse` alone.
 *
 * @module
 */
import { SojournError } from '../basics/errors.ts'

/** One encoded value. `rich` says that the text holds tagged values. */
export interface EncodedValue {
  readonly text: string
  readonly rich: boolean
}

/** Turns values into text and back. Another system's sessions have their own notation. */
export interface ValueCodec {
  /**
   * @throws ERR_SESSION_VALUE_TYPE for a value that could not come back as it was, ERR_SESSION_VALUE_SIZE above
   *   `maxBytes`; both name the key
   */
  encode(key: string, value: unknown, maxBytes: number): EncodedValue
  /** Returns a fresh copy at each call. */
  decode(value: EncodedValue): unknown
}

const MAX_DEPTH = 200
/**
 * A tagged value is `{"$": "<type>", "v": …}`; a plain object with an own `$` is wrapped as `{"$": "Object", "v": …}`.
 */
const TAG = '$'

/**
 * @throws ERR_SESSION_VALUE_TYPE for a value that could not come back as it was, ERR_SESSION_VALUE_SIZE above
 *   `maxBytes`; both name the key
 */
export function encodeValue(key: string, value: unknown, maxBytes: number): EncodedValue {
  const rich = containsRich(value, key, 0)
  const text = JSON.stringify(rich ? tagged(value) : value)
  checkSize(key, text, maxBytes)
  return { text, rich }
}

/** @throws ERR_SESSION_VALUE_SIZE, naming the key */
export function checkSize(key: string, text: string, maxBytes: number): void {
  // A UTF-16 unit takes at most three bytes, so most values need no count.
  if (text.length * 3 <= maxBytes) return
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return
  throw new SojournError(
    'ERR_SESSION_VALUE_SIZE',
    `The value of ${JSON.stringify(key)} takes ${bytes} bytes; the limit is ${maxBytes}. Keep it elsewhere and store a reference, or raise maxValueSize.`,
  )
}

/** Returns a fresh copy at each call, so that the caller cannot change what is stored. */
export function decodeValue(value: EncodedValue): unknown {
  const parsed: unknown = JSON.parse(value.text)
  return value.rich ? untagged(parsed) : parsed
}

/** The notation of Sojourn's own records. */
export const ownValues: ValueCodec = { encode: encodeValue, decode: decodeValue }

function containsRich(value: unknown, path: string, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return false
    case 'number':
      return !Number.isFinite(value) || Object.is(value, -0)
    case 'bigint':
    case 'undefined':
      return true
    case 'object':
      return value !== null && objectHoldsRich(value, path, depth)
    default:
      throw unsupported(path, `a ${typeof value}`)
  }
}

function objectHoldsRich(value: object, path: string, depth: number): boolean {
  if (depth > MAX_DEPTH) throw unsupported(path.slice(0, 60) + '…', `a cycle, or more than ${MAX_DEPTH} levels`)
  let rich = false
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) rich = containsRich(value[i], `${path}[${i}]`, depth + 1) || rich
    if (encodesItself(value)) throw unsupported(path, 'a list with toJSON')
    return rich
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || isOfAnotherRealm(prototype as object)) {
    for (const name of Object.keys(value)) {
      if (name === TAG || isMisread(name)) rich = true
      rich = containsRich((value as Record<string, unknown>)[name], `${path}.${name}`, depth + 1) || rich
    }
    if (encodesItself(value)) throw unsupported(path, 'an object with toJSON')
    return rich
  }
  if (value instanceof Map) {
    for (const [name, item] of value) {
      containsRich(name, `${path}.key`, depth + 1)
      containsRich(item, `${path}.get(…)`, depth + 1)
    }
    return true
  }
  if (value instanceof Set) {
    for (const item of value) containsRich(item, `${path}.item`, depth + 1)
    return true
  }
  if (value instanceof Date || value instanceof Uint8Array) return true
  throw unsupported(path, `an instance of ${value.constructor?.name ?? 'a class'}`)
}

function encodesItself(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/** Whether it is the `Object.prototype` of another realm: Jest runs tests in one, `structuredClone` and `fetch` not. */
function isOfAnotherRealm(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function unsupported(path: string, what: string): SojournError {
  const hint = what === 'an instance of Promise' ? ' Await it first.' : ''
  return new SojournError(
    'ERR_SESSION_VALUE_TYPE',
    `${path} is ${what}, which cannot be stored as it is.${hint} Store plain objects, arrays, JSON values, Date, Map, Set, bigint, undefined or Uint8Array.`,
  )
}

function tagged(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : tag('number', Object.is(value, -0) ? '-0' : String(value))
  if (typeof value === 'bigint') return tag('bigint', value.toString())
  if (value === undefined) return tag('undefined', 0)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Array.from(value, tagged)
  if (value instanceof Date) return tag('Date', Number.isNaN(value.getTime()) ? null : value.getTime())
  if (value instanceof Map)
    return tag(
      'Map',
      Array.from(value, ([name, item]) => [tagged(name), tagged(item)]),
    )
  if (value instanceof Set) return tag('Set', Array.from(value, tagged))
  if (value instanceof Uint8Array)
    return tag('Uint8Array', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'))
  const names = Object.keys(value)
  if (names.some(isMisread)) {
    return tag(
      'Entries',
      names.map((name) => [name, tagged((value as Record<string, unknown>)[name])]),
    )
  }
  const copy: Record<string, unknown> = {}
  for (const name of names) define(copy, name, tagged((value as Record<string, unknown>)[name]))
  return Object.hasOwn(value, TAG) ? tag('Object', copy) : copy
}

/**
 * After JSON.parse of Node 24.21 has read an object with the key `\`, it reads the key `"` as `\`. As an item of an
 * array the text is read correctly.
 */
function isMisread(name: string): boolean {
  return name.includes('"')
}

function tag(type: string, v: unknown): object {
  return { [TAG]: type, v }
}

function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(untagged)
  const object = value as Record<string, unknown>
  if (!Object.hasOwn(object, TAG)) return untaggedProperties(object)
  switch (object[TAG]) {
    case 'Date':
      return new Date((object['v'] as number | null) ?? Number.NaN)
    case 'Map':
      return new Map((object['v'] as [unknown, unknown][]).map(([name, item]) => [untagged(name), untagged(item)]))
    case 'Set':
      return new Set((object['v'] as unknown[]).map(untagged))
    case 'bigint':
      return BigInt(object['v'] as string)
    case 'number':
      return Number(object['v'])
    case 'Uint8Array':
      return Uint8Array.from(Buffer.from(object['v'] as string, 'base64'))
    case 'Entries': {
      const properties: Record<string, unknown> = {}
      for (const [name, item] of object['v'] as [string, unknown][]) define(properties, name, untagged(item))
      return properties
    }
    case 'Object':
      return untaggedProperties(object['v'] as Record<string, unknown>)
    default:
      return undefined
  }
}

function untaggedProperties(object: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(object)) define(object, name, untagged(object[name]))
  return object
}

/** Plain assignment to `__proto__` would set the prototype; here it is an ordinary key. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  else target[name] = value
}

/** Freezes what can be frozen. In development a mutation that would be lost then throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) deepFreeze(item)
  }
  return value
}
