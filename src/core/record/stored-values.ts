/**
 * The values of a record, as they lie in its body: each is found by stepping over the lengths of those before it, and cut out when it is
 * read. A change is kept beside them and spliced in when the record is written, so a large session costs what is touched.
 *
 * @module
 */
import { escaped, position, readFrom, readNumber, skip, unescaped } from './body-text.ts'
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

/** Where one value lies in the text. */
interface Place {
  /** Where its lengths begin. */
  readonly from: number
  readonly keyAt: number
  readonly textAt: number
  readonly end: number
  readonly rich: boolean
}

/** Values as they were read. Each is `keyLength,textLength,rich,` and then key and text. */
export class StoredValues implements Values {
  readonly #body: string
  readonly #from: number

  /** @throws if what begins at `from` are no values: checked once, by the lengths alone */
  constructor(body: string, from: number) {
    this.#body = body
    this.#from = from
    for (let at = from; at < body.length;) {
      readFrom(body, at)
      const keyLength = readNumber()
      const textLength = readNumber()
      readNumber()
      skip(keyLength + textLength)
      at = position()
    }
  }

  get(key: string): EncodedValue | undefined {
    const place = this.#find(escaped(key))
    return place && this.#cut(place)
  }

  has(key: string): boolean {
    return this.#find(escaped(key)) !== undefined
  }

  get size(): number {
    return Array.from(this.#places()).length
  }

  *keys(): IterableIterator<string> {
    for (const place of this.#places()) yield this.#key(place)
  }

  *[Symbol.iterator](): IterableIterator<[string, EncodedValue]> {
    for (const place of this.#places()) yield [this.#key(place), this.#cut(place)]
  }

  /** The text of all values with some changed: what did not change is copied in as few pieces as possible. */
  spliced(changes: ReadonlyMap<string, EncodedValue | undefined>): string[] {
    const body = this.#body
    if (changes.size === 0) return [body.slice(this.#from)]
    const left = new Map([...changes].map(([key, value]) => [escaped(key), value]))
    const pieces: string[] = []
    let kept = this.#from
    for (const place of this.#places()) {
      for (const [key, value] of left) {
        if (!this.#isNamed(place, key)) continue
        pieces.push(body.slice(kept, place.from), value ? written(key, value) : '')
        kept = place.end
        left.delete(key)
        break
      }
    }
    pieces.push(body.slice(kept))
    for (const [key, value] of left) if (value) pieces.push(written(key, value))
    return pieces
  }

  #find(key: string): Place | undefined {
    for (let at = this.#from; at < this.#body.length;) {
      const place = this.#placeAt(at)
      if (this.#isNamed(place, key)) return place
      at = place.end
    }
    return undefined
  }

  *#places(): IterableIterator<Place> {
    for (let at = this.#from; at < this.#body.length;) {
      const place = this.#placeAt(at)
      yield place
      at = place.end
    }
  }

  #placeAt(from: number): Place {
    readFrom(this.#body, from)
    const keyLength = readNumber()
    const textLength = readNumber()
    const rich = readNumber() === 1
    const keyAt = position()
    const textAt = keyAt + keyLength
    return { from, keyAt, textAt, end: textAt + textLength, rich }
  }

  #isNamed({ keyAt, textAt }: Place, key: string): boolean {
    return textAt - keyAt === key.length && this.#body.startsWith(key, keyAt)
  }

  #key({ keyAt, textAt }: Place): string {
    return unescaped(this.#body.slice(keyAt, textAt))
  }

  #cut({ textAt, end, rich }: Place): EncodedValue {
    return { text: this.#body.slice(textAt, end), rich }
  }
}

/** Values with changes that are not written yet. */
export class ChangedValues implements WritableValues {
  readonly #before: Values
  /** `undefined`: removed. */
  readonly #changes: Map<string, EncodedValue | undefined>

  /** Values that can be changed without changing the given ones. */
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

  /** Whether a value is another than in the values that these were made from. */
  differFrom(values: Values): boolean {
    for (const [key, value] of this.#changes) {
      const other = values.get(key)
      if (value?.text !== other?.text || value?.rich !== other?.rich) return true
    }
    return false
  }

  spliced(): string[] {
    return this.#before instanceof StoredValues ? this.#before.spliced(this.#changes) : writtenAll(this)
  }
}

/** The text of values, in pieces. */
export function writeValues(values: Values): string[] {
  if (values instanceof ChangedValues) return values.spliced()
  return values instanceof StoredValues ? values.spliced(NO_CHANGES) : writtenAll(values)
}

const NO_CHANGES: ReadonlyMap<string, undefined> = new Map()

function writtenAll(values: Values): string[] {
  return Array.from(values, ([key, value]) => written(escaped(key), value))
}

/** @param key escaped */
function written(key: string, { text, rich }: EncodedValue): string {
  return `${key.length},${text.length},${rich ? 1 : 0},${key}${text}`
}
