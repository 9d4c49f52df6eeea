/**
 * Python's values in JavaScript. Most have an equivalent: `None`, `bool`, `str`, `list`; `bytes` is a Uint8Array, an
 * aware `datetime` a Date, `set` a Set; a `dict` is a plain object, or a Map if it has keys other than text; an `int`
 * beyond 2^53 is a bigint, a `float` a number. The classes here are for the rest, so that what was read is written back
 * as it was.
 *
 * @module
 */
import { SojournError } from '../../core/basics/errors.ts'
import { define } from '../../core/record/values.ts'

/** A whole Python `float`: `1.0`, which differs from Python's `1`. Calculates and serializes as its number. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }

  valueOf(): number {
    return this.value
  }

  toJSON(): number {
    return this.value
  }
}

/** A Python `tuple`. */
export class Tuple<Item = unknown> {
  readonly items: readonly Item[]

  constructor(items: Iterable<Item>) {
    this.items = [...items]
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.items[Symbol.iterator]()
  }

  toJSON(): readonly Item[] {
    return this.items
  }
}

/** Text that templates do not escape: MarkupSafe's `Markup`. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }

  toString(): string {
    return this.html
  }

  toJSON(): string {
    return this.html
  }
}

/** A Python `UUID`. */
export class Uuid {
  /** Lowercase, with hyphens. */
  readonly value: string

  /** @throws ERR_SESSION_VALUE_TYPE for anything but 32 hexadecimal digits, with or without hyphens. */
  constructor(text: string) {
    const match = UUID.exec(text.toLowerCase())
    if (!match) throw new SojournError('ERR_SESSION_VALUE_TYPE', 'A UUID has 32 hexadecimal digits.')
    this.value = match.slice(1).join('-')
  }

  toString(): string {
    return this.value
  }

  toJSON(): string {
    return this.value
  }
}

const UUID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/

/** An aware `datetime` that is more precise than a millisecond, which a Date cannot hold. */
export class PreciseDate extends Date {
  /** The part below the millisecond: 1 to 999,999. */
  readonly nanoseconds: number

  constructor(milliseconds: number, nanoseconds: number) {
    super(milliseconds)
    this.nanoseconds = nanoseconds
  }
}

/** The deepest nesting of values, in every format. */
export const MAX_DEPTH = 200

/** Python tells `1.0` and `1` apart, so a whole number becomes a {@link Float}. */
export function floatOf(value: number): number | Float {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value
}

/** Whether Python would hold the number as an `int`. */
export function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

export function integerOf(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Writes a number as `repr(float)` does. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 16) return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** Whether Python would read the value as a `dict` with text as keys. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether a reader made the value from a `dict` with text as keys. Every session is one. */
export function isDict(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

/** Makes a `dict`: an object if all keys are text, otherwise a Map. */
export function dictOf(entries: readonly (readonly [key: unknown, value: unknown])[]): Record<string, unknown> | Map<unknown, unknown> {
  if (!entries.every(([key]) => typeof key === 'string')) return new Map(entries)
  const object: Record<string, unknown> = {}
  for (const [key, value] of entries) define(object, key as string, value)
  return object
}

/** Returns the key if it can be one. Of objects only a Float can. */
export function checkedKey(key: unknown): unknown {
  if (typeof key === 'object' && key !== null && !(key instanceof Float)) throw new Error('not a key')
  return key
}

/** Whether the text has a UTF-8 form. Half a surrogate pair has none. */
export function hasUtf8(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/**
 * The error for a value that a format cannot hold.
 *
 * @param path which value: its key, and the path from there
 */
export function unwritable(path: string, value: unknown, format: string): SojournError {
  return new SojournError('ERR_SESSION_VALUE_TYPE', `${path} is ${describe(value)}, which ${format} cannot hold as it is.`)
}

/** @throws ERR_SESSION_VALUE_TYPE for values that are nested too deeply, a cycle for example */
export function checkDepth(path: string, depth: number): void {
  if (depth <= MAX_DEPTH) return
  throw new SojournError('ERR_SESSION_VALUE_TYPE', `${path.slice(0, 60)}… is a cycle, or has more than ${MAX_DEPTH} levels.`)
}

function describe(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`
  return `an instance of ${value.constructor?.name ?? 'a class'}`
}

/**
 * Returns the same values without the classes of this file, as our own sessions can keep them: a {@link Float} becomes
 * a number, a {@link Tuple} an array, {@link Markup} and {@link Uuid} text.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (value instanceof Float) return value.value
  if (value instanceof Markup || value instanceof Uuid) return value.toString()
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Tuple) return value.items.map(plainValue)
  if (Array.isArray(value)) return value.map(plainValue)
  if (value instanceof Set) return new Set([...value].map(plainValue))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [plainValue(key), plainValue(item)]))
  return dictOf(Object.entries(value).map(([key, item]) => [key, plainValue(item)]))
}
