/**
 * The values of a record, as they lie in its body. A value is found by stepping over the lengths of those before it,
 * and cut out when it is read. Changes are kept beside the text and spliced in when the record is written, so a large
 * session costs only what is touched.
 *
 * @module
 */
import { escaped, position, readFrom, readNumber, unescaped } from './body-text.ts'
import type { EncodedValue } from './values.ts'

/** Encoded values by key. */
export interface Values extends Iterable<[key: string, value: EncodedValue]> {
  get(key: string): EncodedValue | undefined
  has(key: string): boolean
  keys(): Iterable<string>
  readonly size: number
}

/** Values that can be changed. */
export interface WritableValues extends Values {
  set(key: string, value: EncodedValue): unknown
  delete(key: string): unknown
}

export const NO_VALUES: Values = new Map<string, EncodedValue>()

/** Values as they were read. Each is `keyLength,textLength,rich,` and then key and text. */
export class StoredValues implements Values {
  readonly #body: string
  readonly #from: number

  /** @throws if there are no values at `from`: checked once, by the lengths alone */
  constructor(body: string, from: number) {
    this.#body = body
    this.#from = from
    let at = from
    for (; at < body.length; at = endOf) stepTo(body, at)
    if (at !== body.length) throw new Error('torn')
  }

  get(key: string): EncodedValue | undefined {
    return this.#find(escaped(key)) ? this.#cut() : undefined
  }

  has(key: string): boolean {
    return this.#find(escaped(key))
  }

  get size(): number {
    let size = 0
    for (let at = this.#from; at < this.#body.length; at = endOf) {
      stepTo(this.#body, at)
      size++
    }
    return size
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this) yield key
  }

  *[Symbol.iterator](): IterableIterator<[string, EncodedValue]> {
    for (let at = this.#from; at < this.#body.length;) {
      stepTo(this.#body, at)
      at = endOf
      yield [unescaped(this.#body.slice(keyAt, textAt)), this.#cut()]
    }
  }

  /**
   * The text of all values with some of them changed. Values that did not change are copied in as few pieces as
   * possible.
   */
  spliced(changes: ReadonlyMap<string, EncodedValue | undefined>): string[] {
    const places: [from: number, to: number, text: string][] = []
    let added = ''
    for (const [key, value] of changes) {
      const name = escaped(key)
      const text = value ? written(name, value) : ''
      if (this.#find(name)) places.push([startOf, endOf, text])
      else added += text
    }
    if (places.length > 1) places.sort(([a], [b]) => a - b)
    const pieces: string[] = []
    let kept = this.#from
    for (const [from, to, text] of places) {
      pieces.push(this.#body.slice(kept, from), text)
      kept = to
    }
    pieces.push(this.#body.slice(kept), added)
    return pieces
  }

  /** Steps to the value of a key. Returns whether there is one. */
  #find(key: string): boolean {
    const body = this.#body
    for (let at = this.#from; at < body.length; at = endOf) {
      stepTo(body, at)
      if (textAt - keyAt === key.length && body.startsWith(key, keyAt)) return true
    }
    return false
  }

  #cut(): EncodedValue {
    return { text: this.#body.slice(textAt, endOf), rich: isRich }
  }
}

// Where the value lies that was stepped to last. Not reentrant, which is safe because it is read at once after each
// step.
let startOf = 0
let keyAt = 0
let textAt = 0
let endOf = 0
let isRich = false

/** @throws if no value begins there */
function stepTo(body: string, at: number): void {
  readFrom(body, at)
  const keyLength = readNumber()
  const textLength = readNumber()
  startOf = at
  isRich = readNumber() === 1
  keyAt = position()
  textAt = keyAt + keyLength
  endOf = textAt + textLength
}

/** Values with changes that are not written yet. */
export class ChangedValues implements WritableValues {
  readonly #before: Values
  /** `undefined`: removed. */
  readonly #changes: Map<string, EncodedValue | undefined>

  /** Copies the values, so that changing them leaves the given ones alone. */
  constructor(values: Values) {
    const changed = values instanceof ChangedValues
    this.#before = changed ? values.#before : values
    this.#changes = new Map(changed ? values.#changes : undefined)
  }

  get(key: string): EncodedValue | undefined {
    return this.#changes.has(key) ? this.#changes.get(key) : this.#before.get(key)
  }

  has(key: string): boolean {
    return this.#changes.has(key) ? this.#changes.get(key) !== undefined : this.#before.has(key)
  }

  set(key: string, value: EncodedValue): void {
    this.#changes.set(key, value)
  }

  delete(key: string): void {
    this.#changes.set(key, undefined)
  }

  get size(): number {
    let { size } = this.#before
    for (const [key, value] of this.#changes) size += Number(value !== undefined) - Number(this.#before.has(key))
    return size
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this) yield key
  }

  *[Symbol.iterator](): IterableIterator<[string, EncodedValue]> {
    for (const [key, value] of this.#before) if (!this.#changes.has(key)) yield [key, value]
    for (const [key, value] of this.#changes) if (value) yield [key, value]
  }

  /** Whether any value differs from the values that these were made from. */
  differFrom(values: Values): boolean {
    for (const [key, value] of this.#changes) {
      const other = values.get(key)
      if (value?.text !== other?.text || value?.rich !== other?.rich) return true
    }
    return false
  }

  spliced(): string[] {
    if (this.#before instanceof StoredValues) return this.#before.spliced(this.#changes)
    return this.#before === NO_VALUES ? writtenAll(this.#changes) : writtenAll(this)
  }
}

/** The text of values, in pieces. */
export function writeValues(values: Values): string[] {
  if (values instanceof ChangedValues) return values.spliced()
  return values instanceof StoredValues ? values.spliced(NO_CHANGES) : writtenAll(values)
}

const NO_CHANGES: ReadonlyMap<string, undefined> = new Map()

function writtenAll(values: Iterable<[key: string, value: EncodedValue | undefined]>): string[] {
  const pieces: string[] = []
  for (const [key, value] of values) if (value) pieces.push(written(escaped(key), value))
  return pieces
}

/** @param key escaped */
function written(key: string, { text, rich }: EncodedValue): string {
  return `${key.length},${text.length},${rich ? 1 : 0},${key}${text}`
}
