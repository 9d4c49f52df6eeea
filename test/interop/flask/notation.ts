/** How the vectors, and the Python of these tests, write values that JSON lacks. */
import { Float, Markup, Tuple, Uuid } from '../../../src/interop/flask/index.ts'
import { dictOf, floatOf, integerOf } from '../../../src/interop/_python/python.ts'

const kinds: Readonly<Record<string, (value: never) => unknown>> = {
  $tuple: (items: unknown[]) => new Tuple(items.map(fromNotation)),
  $set: (items: unknown[]) => new Set(items.map(fromNotation)),
  $bytes: (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64')),
  $markup: (text: string) => new Markup(text),
  $uuid: (text: string) => new Uuid(text),
  $datetime: (text: string) => new Date(text),
  $int: (text: string) => integerOf(BigInt(text)),
  $float: (text: string) => floatOf(Number(text.replace('inf', 'Infinity'))),
}

export function fromNotation(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(fromNotation)
  const entries = Object.entries(value)
  const [[kind, inner] = ['', null]] = entries
  const make = entries.length === 1 && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  return make ? make(inner as never) : dictOf(entries.map(([key, item]) => [key, fromNotation(item)]))
}

export function toNotation(value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: String(value) }
  // JSON has no negative zero: it would arrive as an integer.
  if (Object.is(value, -0)) return { $float: '-0.0' }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return { $float: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toNotation)
  if (value instanceof Tuple) return { $tuple: value.items.map(toNotation) }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Markup) return { $markup: value.html }
  if (value instanceof Uuid) return { $uuid: value.value }
  if (value instanceof Float) return { $float: String(value.value) }
  if (value instanceof Date) return { $datetime: value.toISOString().replace('.000Z', '+00:00') }
  return dictOf(Object.entries(value).map(([key, item]) => [key, toNotation(item)]))
}
