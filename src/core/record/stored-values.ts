/**
 * The values of a record, as they lie in its body. A value is found by stepping over the lengths of those before it,
 * and cut out when it is read. Changes are kept beside the text and spliced in when the record is written, so a large
 * session costs only what is touched.
 *
 * The head of the body is authenticated whenever the record is read. Small values lie in it. Of a large one it holds
 * the digest, and the value itself lies in the tail: it is checked when it is read.
 *
 * @module
 */
import { hash } from 'node:crypto'
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

/** What a large value reads as that is not the one that was written: it fits no schema, and no JSON text is empty. */
export const ALTERED: EncodedValue = { text: '', rich: false }

/** From this many characters on a value is large: a digest costs more than it spares for smaller ones. */
const LARGE = 256
const DIGEST_LENGTH = 43

/** Written values: their part of the head, and their part of the tail. Both in pieces. */
export interface WrittenValues {
  readonly head: string[]
  readonly tail: string[]
}

/**
 * Values as they were read. Each is `keyLength,textLength,form,` and then key and text; of a large one the digest
 * stands in place of the text.
 */
export class StoredValues implements Values {
  readonly #body: string
  readonly #from: number
  /** Where the tail begins, and the head ends. */
  readonly #tail: number

  /** @throws if there are no values from `from` to the end: checked once, by the lengths alone */
  constructor(body: string, from: number, tail: number) {
    this.#body = body
    this.#from = from
    this.#tail = tail
    for (start(body, from, tail); endOf < tail; step()) continue
    if (endOf !== tail || tailEnd !== body.length) throw new Error('torn')
  }

  get(key: string): EncodedValue | undefined {
    return this.#find(escaped(key)) ? this.#cut() : undefined
  }

  has(key: string): boolean {
    return this.#find(escaped(key))
  }

  get size(): number {
    let size = 0
    for (start(this.#body, this.#from, this.#tail); endOf < this.#tail; size++) step()
    return size
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this) yield key
  }

  *[Symbol.iterator](): IterableIterator<[string, EncodedValue]> {
    let next = this.#from
    let nextInTail = this.#tail
    while (next < this.#tail) {
      start(this.#body, next, nextInTail)
      step()
      next = endOf
      nextInTail = tailEnd
      yield [unescaped(this.#body.slice(keyAt, textAt)), this.#cut()]
    }
  }

  /**
   * All values with some of them changed. Values that did not change are copied in as few pieces as possible, and
   * large ones without a look at them: their digests stay.
   */
  spliced(changes: ReadonlyMap<string, EncodedValue | undefined>): WrittenValues {
    const places: Place[] = []
    const added: WrittenValues = { head: [], tail: [] }
    for (const [key, value] of changes) {
      const name = escaped(key)
      if (this.#find(name)) places.push({ from: startOf, to: endOf, tailFrom, tailTo: tailEnd, name, value })
      else if (value) write(added, name, value)
    }
    if (places.length > 1) places.sort((a, b) => a.from - b.from)
    const result: WrittenValues = { head: [], tail: [] }
    let kept = this.#from
    let keptInTail = this.#tail
    for (const { from, to, tailFrom: fromInTail, tailTo: toInTail, name, value } of places) {
      this.#copy(result.head, kept, from)
      this.#copy(result.tail, keptInTail, fromInTail)
      if (value) write(result, name, value)
      kept = to
      keptInTail = toInTail
    }
    this.#copy(result.head, kept, this.#tail)
    this.#copy(result.tail, keptInTail, this.#body.length)
    result.head.push(...added.head)
    result.tail.push(...added.tail)
    return result
  }

  #copy(pieces: string[], from: number, to: number): void {
    if (from < to) pieces.push(this.#body.slice(from, to))
  }

  /** Steps to the value of a key. Returns whether there is one. */
  #find(key: string): boolean {
    const body = this.#body
    start(body, this.#from, this.#tail)
    while (endOf < this.#tail) {
      step()
      if (textAt - keyAt === key.length && body.startsWith(key, keyAt)) return true
    }
    return false
  }

  #cut(): EncodedValue {
    const head = this.#body.slice(textAt, endOf)
    if (form < LARGE_FORM) return { text: head, rich: form === 1 }
    const text = this.#body.slice(tailFrom, tailEnd)
    return digestOf(text) === head ? { text, rich: form === LARGE_FORM + 1 } : ALTERED
  }
}

/** Where a value that changed lies, and what it changed to. */
interface Place {
  readonly from: number
  readonly to: number
  readonly tailFrom: number
  readonly tailTo: number
  readonly name: string
  readonly value: EncodedValue | undefined
}

/** The form of a value is 0, or 1 if it is rich; more by this if it is large. */
const LARGE_FORM = 2

// Where the value lies that was stepped to last. Not reentrant, which is safe because it is read at once after each
// step.
let source = ''
let startOf = 0
let keyAt = 0
let textAt = 0
let endOf = 0
let tailFrom = 0
let tailEnd = 0
let form = 0

/** Begins before the first value. */
function start(text: string, from: number, tail: number): void {
  source = text
  endOf = from
  tailEnd = tail
}

/** Goes on to the next value. @throws if there is none */
function step(): void {
  readFrom(source, endOf)
  const keyLength = readNumber()
  const textLength = readNumber()
  form = readNumber()
  startOf = endOf
  keyAt = position()
  textAt = keyAt + keyLength
  endOf = textAt + (form < LARGE_FORM ? textLength : DIGEST_LENGTH)
  tailFrom = tailEnd
  if (form >= LARGE_FORM) tailEnd += textLength
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
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

  spliced(): WrittenValues {
    if (this.#before instanceof StoredValues) return this.#before.spliced(this.#changes)
    return this.#before === NO_VALUES ? writtenAll(this.#changes) : writtenAll(this)
  }
}

/** What a body holds of values. */
export function writeValues(values: Values): WrittenValues {
  if (values instanceof ChangedValues) return values.spliced()
  return values instanceof StoredValues ? values.spliced(NO_CHANGES) : writtenAll(values)
}

const NO_CHANGES: ReadonlyMap<string, undefined> = new Map()

function writtenAll(values: Iterable<[key: string, value: EncodedValue | undefined]>): WrittenValues {
  const result: WrittenValues = { head: [], tail: [] }
  for (const [key, value] of values) if (value) write(result, escaped(key), value)
  return result
}

/** @param key escaped */
function write({ head, tail }: WrittenValues, key: string, { text, rich }: EncodedValue): void {
  const plain = rich ? 1 : 0
  if (text.length < LARGE) {
    head.push(`${key.length},${text.length},${plain},${key}${text}`)
  } else {
    head.push(`${key.length},${text.length},${plain + LARGE_FORM},${key}${digestOf(text)}`)
    tail.push(text)
  }
}
