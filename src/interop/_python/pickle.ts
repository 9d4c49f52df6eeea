/**
 * Reads pickles of plain data: `None`, `bool`, numbers, text, bytes, list, tuple, dict and set. A pickle is a program.
 * One that names a class or calls something is refused, and nothing is ever looked up or run.
 *
 * @module
 */
import { readAll } from './bytes.ts'
import type { ByteReader } from './bytes.ts'
import { checkedKey, dictOf, floatOf, integerOf, MAX_DEPTH, Tuple } from './python.ts'

/** Every occurrence of a value counts. */
const MAX_VALUES = 500_000

/**
 * Returns `undefined` for anything but one pickle of plain data; cycles are refused. Never throws. Its time and memory
 * are bounded by the number of bytes.
 */
export function readPickle(bytes: Uint8Array): unknown {
  return readAll(bytes, (reader) => new Unpickler(reader).run())
}

const MARK = Symbol('mark')

class Unpickler {
  readonly #bytes: ByteReader
  readonly #stack: unknown[] = []
  readonly #memo = new Map<number, unknown>()
  /**
   * Containers that were copied because they occur a second time. Later additions would be missing in the copy, so they
   * are refused.
   */
  readonly #copied = new Set<unknown>()
  #values = 0

  constructor(bytes: ByteReader) {
    this.#bytes = bytes
  }

  run(): unknown {
    for (;;) {
      const opcode = this.#unsigned(1)
      if (opcode === 0x2e) break
      this.#step(opcode)
    }
    const result = this.#pop()
    if (this.#stack.length > 0) throw new Error('more than one value')
    return finished(result, 0)
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#unsigned(1) > 5) throw new Error('an unknown protocol')
        return
      case 0x95: // FRAME
        this.#bytes.take(8)
        return
      case 0x28: // MARK
        this.#stack.push(MARK)
        return
      case 0x30: // POP
        this.#stack.pop()
        return
      case 0x4e: // NONE
        return this.#push(null)
      case 0x88: // NEWTRUE
        return this.#push(true)
      case 0x89: // NEWFALSE
        return this.#push(false)
      case 0x4b: // BININT1
        return this.#push(this.#unsigned(1))
      case 0x4d: // BININT2
        return this.#push(this.#unsigned(2))
      case 0x4a: // BININT
        return this.#push(this.#bytes.take(4).readInt32LE())
      case 0x8a: // LONG1
        return this.#push(longOf(this.#bytes.take(this.#unsigned(1))))
      case 0x47: // BINFLOAT
        return this.#push(floatOf(this.#bytes.take(8).readDoubleBE()))
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#bytes.text(this.#unsigned(1)))
      case 0x58: // BINUNICODE
        return this.#push(this.#bytes.text(this.#unsigned(4)))
      case 0x43: // SHORT_BINBYTES
        return this.#push(new Uint8Array(this.#bytes.take(this.#unsigned(1))))
      case 0x42: // BINBYTES
        return this.#push(new Uint8Array(this.#bytes.take(this.#unsigned(4))))
      case 0x5d: // EMPTY_LIST
        return this.#push([])
      case 0x61: // APPEND
        return this.#append([this.#pop()])
      case 0x65: // APPENDS
        return this.#append(this.#popToMark())
      case 0x29: // EMPTY_TUPLE
        return this.#push(new Tuple([]))
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new Tuple(this.#popSome(opcode - 0x84)))
      case 0x74: // TUPLE
        return this.#push(new Tuple(this.#popToMark()))
      case 0x7d: // EMPTY_DICT
        return this.#push(new Dict())
      case 0x73: // SETITEM
        return this.#setItems(this.#popSome(2))
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark())
      case 0x8f: // EMPTY_SET
        return this.#push(new Set())
      case 0x90: // ADDITEMS
        return this.#add(this.#popToMark())
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top())
        return
      case 0x71: // BINPUT
        this.#memo.set(this.#unsigned(1), this.#top())
        return
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#unsigned(4), this.#top())
        return
      case 0x68: // BINGET
        return this.#get(this.#unsigned(1))
      case 0x6a: // LONG_BINGET
        return this.#get(this.#unsigned(4))
      default:
        throw new Error('not plain data')
    }
  }

  #unsigned(length: number): number {
    return this.#bytes.take(length).readUIntLE(0, length)
  }

  #count(values: number): void {
    this.#values += values
    if (this.#values > MAX_VALUES) throw new Error('too many values')
  }

  #push(value: unknown): void {
    this.#count(1)
    this.#stack.push(value)
  }

  #top(): unknown {
    const value = this.#stack.at(-1)
    if (value === undefined || value === MARK) throw new Error('nothing there')
    return value
  }

  #pop(): unknown {
    const value = this.#top()
    this.#stack.pop()
    return value
  }

  #popSome(count: number): unknown[] {
    return Array.from({ length: count }, () => this.#pop()).toReversed()
  }

  #popToMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK)
    if (mark === -1) throw new Error('no mark')
    const items = this.#stack.splice(mark)
    return items.slice(1)
  }

  #append(items: unknown[]): void {
    const list = this.#filled()
    if (!Array.isArray(list)) throw new Error('no list')
    for (const item of items) list.push(item)
  }

  #setItems(items: unknown[]): void {
    const dict = this.#filled()
    if (!(dict instanceof Dict) || items.length % 2 !== 0) throw new Error('no dict')
    for (let i = 0; i < items.length; i += 2) dict.entries.set(checkedKey(items[i]), items[i + 1])
  }

  #add(items: unknown[]): void {
    const set = this.#filled()
    if (!(set instanceof Set)) throw new Error('no set')
    for (const item of items) set.add(checkedKey(item))
  }

  #filled(): unknown {
    const container = this.#top()
    if (this.#copied.has(container)) throw new Error('a cycle')
    return container
  }

  #get(index: number): void {
    const value = this.#memo.get(index)
    if (value === undefined) throw new Error('not in the memo')
    this.#stack.push(this.#copy(value, 0))
  }

  /**
   * Each occurrence is a copy, because two that share one object could not be told from copies once they are written.
   */
  #copy(value: unknown, depth: number): unknown {
    this.#count(1)
    if (typeof value !== 'object' || value === null) return value
    if (depth > MAX_DEPTH) throw new Error('too deep')
    const copy = (item: unknown): unknown => this.#copy(item, depth + 1)
    if (value instanceof Tuple) return new Tuple(value.items.map(copy))
    if (value instanceof Uint8Array) {
      // Eight bytes take as much as a small value.
      this.#count(value.length / 8)
      return value.slice()
    }
    if (!Array.isArray(value) && !(value instanceof Dict) && !(value instanceof Set)) return value
    this.#copied.add(value)
    if (Array.isArray(value)) return value.map(copy)
    if (value instanceof Set) {
      this.#count(value.size)
      return new Set(value)
    }
    return new Dict([...value.entries].map(([key, item]) => [key, copy(item)]))
  }
}

/** A dict under construction. */
class Dict {
  readonly entries: Map<unknown, unknown>

  constructor(entries: Iterable<readonly [unknown, unknown]> = []) {
    this.entries = new Map(entries)
  }
}

function finished(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error('too deep')
  const finish = (item: unknown): unknown => finished(item, depth + 1)
  if (Array.isArray(value)) return value.map(finish)
  if (value instanceof Tuple) return new Tuple(value.items.map(finish))
  if (value instanceof Dict) return dictOf([...value.entries].map(([key, item]) => [key, finish(item)]))
  return value
}

/** Reads two's complement with the lowest byte first. */
function longOf(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0
  const value = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
  return integerOf(BigInt.asIntN(bytes.length * 8, value))
}
