/**
 * MessagePack as msgspec reads and writes it. Integers and floats are told apart, and the whole input must be used,
 * because a pickle begins with the byte of an empty map.
 *
 * @module
 */
import { readAll } from '../_python/bytes.ts'
import type { ByteReader } from '../_python/bytes.ts'
import {
  checkDepth,
  checkedKey,
  dictOf,
  Float,
  floatOf,
  hasUtf8,
  integerOf,
  isInteger,
  isPlainObject,
  MAX_DEPTH,
  PreciseDate,
  unwritable,
} from '../_python/python.ts'

/**
 * Reads one value. Returns `undefined` for anything else. Never throws. Its time and memory are bounded by the number
 * of bytes.
 */
export function readMsgpack(bytes: Uint8Array): unknown {
  return readAll(bytes, (reader) => new MsgpackReader(reader).value(0))
}

/** Returns the bytes of each member of a map whose keys are text; `undefined` for anything else. Never throws. */
export function readMsgpackMembers(bytes: Uint8Array): Map<string, Buffer> | undefined {
  return readAll(bytes, (reader) => new MsgpackReader(reader).members())
}

class MsgpackReader {
  readonly #bytes: ByteReader

  constructor(bytes: ByteReader) {
    this.#bytes = bytes
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new Error('too deep')
    const type = this.#unsigned(1)
    if (type < 0x80) return type
    if (type < 0x90) return this.#map(type & 0x0f, depth)
    if (type < 0xa0) return this.#array(type & 0x0f, depth)
    if (type < 0xc0) return this.#text(type & 0x1f)
    if (type >= 0xe0) return type - 0x100
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return Uint8Array.from(this.#bytes.take(this.#length(type - 0xc4)))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#length(type - 0xc7))
      case 0xca:
        return floatOf(this.#bytes.take(4).readFloatBE())
      case 0xcb:
        return floatOf(this.#bytes.take(8).readDoubleBE())
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#length(type - 0xcc)
      case 0xcf:
        return integerOf(this.#bytes.take(8).readBigUInt64BE())
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return this.#bytes.take(1 << (type - 0xd0)).readIntBE(0, 1 << (type - 0xd0))
      case 0xd3:
        return integerOf(this.#bytes.take(8).readBigInt64BE())
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (type - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(type - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#length(type - 0xdb), depth)
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(type - 0xdd), depth)
      default:
        throw new Error('not MessagePack')
    }
  }

  members(): Map<string, Buffer> {
    const type = this.#unsigned(1)
    const isSmall = type >= 0x80 && type < 0x90
    if (!isSmall && type !== 0xde && type !== 0xdf) throw new Error('not a map')
    const length = isSmall ? type & 0x0f : this.#length(type - 0xdd)
    const members = new Map<string, Buffer>()
    for (let i = 0; i < length; i++) {
      const key = this.value(1)
      if (typeof key !== 'string') throw new Error('not a session')
      const start = this.#bytes.at
      this.value(1)
      members.set(key, this.#bytes.since(start))
    }
    return members
  }

  #unsigned(length: number): number {
    return this.#bytes.take(length).readUIntBE(0, length)
  }

  /** An unsigned number of one, two or four bytes. */
  #length(power: number): number {
    return this.#unsigned(1 << power)
  }

  #text(length: number): string {
    return this.#bytes.text(length)
  }

  #array(length: number, depth: number): unknown[] {
    const items: unknown[] = []
    for (let i = 0; i < length; i++) items.push(this.value(depth + 1))
    return items
  }

  #map(length: number, depth: number): unknown {
    const entries: [unknown, unknown][] = []
    for (let i = 0; i < length; i++) entries.push([checkedKey(this.value(depth + 1)), this.value(depth + 1)])
    return dictOf(entries)
  }

  /** The timestamp, the only extension that msgspec writes by itself. */
  #extension(length: number): Date {
    if (this.#bytes.take(1).readInt8() !== -1) throw new Error('an unknown extension')
    if (length === 4) return dateOf(BigInt(this.#unsigned(4)), 0)
    if (length === 8) {
      const both = this.#bytes.take(8).readBigUInt64BE()
      return dateOf(both & 0x3_ffff_ffffn, Number(both >> 34n))
    }
    if (length !== 12) throw new Error('not a timestamp')
    const nanoseconds = this.#unsigned(4)
    return dateOf(this.#bytes.take(8).readBigInt64BE(), nanoseconds)
  }
}

function dateOf(seconds: bigint, nanoseconds: number): Date {
  const milliseconds = Number(seconds) * 1_000 + Math.floor(nanoseconds / 1e6)
  const rest = nanoseconds % 1e6
  const date = rest === 0 ? new Date(milliseconds) : new PreciseDate(milliseconds, rest)
  if (nanoseconds >= 1e9 || Number.isNaN(date.getTime())) throw new Error('not a date')
  return date
}

/**
 * Writes a value as msgspec does.
 *
 * @param path which value it is, for messages
 * @throws ERR_SESSION_VALUE_TYPE for what MessagePack could not return as it was; a Tuple for example would be read as
 * a list
 */
export function writeMsgpack(value: unknown, path: string, depth = 0): Buffer {
  checkDepth(path, depth)
  const inner = (item: unknown, name: string): Buffer => writeMsgpack(item, `${path}${name}`, depth + 1)
  if (value === null) return Buffer.of(0xc0)
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2)
  if (typeof value === 'number') return isInteger(value) ? integer(BigInt(value), path) : float(value)
  if (typeof value === 'bigint') return integer(value, path)
  if (typeof value === 'string') return text(value, path)
  if (typeof value !== 'object') throw unwritable(path, value, 'MessagePack')
  if (value instanceof Float) return float(value.value)
  if (value instanceof Uint8Array) return Buffer.concat([head(value.length, undefined, [0xc4, 0xc5, 0xc6]), value])
  if (value instanceof Date) return timestamp(value, path)
  if (Array.isArray(value)) {
    return Buffer.concat([
      head(value.length, [0x90, 16], [undefined, 0xdc, 0xdd]),
      ...Array.from(value, (item, i) => inner(item, `[${i}]`)),
    ])
  }
  if (value instanceof Map) return msgpackMap([...value].map(([key, item]) => [inner(key, '.key'), inner(item, `.${String(key)}`)]))
  if (isPlainObject(value)) return msgpackMap(Object.entries(value).map(([key, item]) => [text(key, path), inner(item, `.${key}`)]))
  throw unwritable(path, value, 'MessagePack')
}

/** Writes a map of members that are MessagePack already. */
export function msgpackMap(members: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Buffer {
  return Buffer.concat([head(members.length, [0x80, 16], [undefined, 0xde, 0xdf]), ...members.flat()])
}

type Heads = readonly [one: number | undefined, two: number, four: number]

/** @param small the type that contains its length, and the number of such types */
function head(length: number, small: readonly [type: number, count: number] | undefined, [one, two, four]: Heads): Buffer {
  if (small && length < small[1]) return Buffer.of(small[0] | length)
  if (one !== undefined && length < 0x100) return Buffer.of(one, length)
  if (length < 0x1_0000) return Buffer.of(two, length >> 8, length & 0xff)
  const bytes = Buffer.alloc(5)
  bytes[0] = four
  bytes.writeUInt32BE(length, 1)
  return bytes
}

function text(value: string, path: string): Buffer {
  if (!hasUtf8(value)) throw unwritable(path, value, 'MessagePack')
  const bytes = Buffer.from(value)
  return Buffer.concat([head(bytes.length, [0xa0, 32], [0xd9, 0xda, 0xdb]), bytes])
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xcb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function integer(value: bigint, path: string): Buffer {
  if (value >= -32n && value < 0x80n) return Buffer.of(Number(value) & 0xff)
  const isNegative = value < 0n
  for (const [power, bits] of [8, 16, 32, 64].entries()) {
    if ((isNegative ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) !== value) continue
    const digits = BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(bits / 4, '0')
    return Buffer.from([(isNegative ? 0xd0 : 0xcc) + power, ...Buffer.from(digits, 'hex')])
  }
  throw unwritable(path, value, 'MessagePack')
}

function timestamp(date: Date, path: string): Buffer {
  const time = date.getTime()
  if (Number.isNaN(time)) throw unwritable(path, date, 'Python')
  const seconds = Math.floor(time / 1_000)
  const nanoseconds = (time - seconds * 1_000) * 1e6 + (date instanceof PreciseDate ? date.nanoseconds : 0)
  if (seconds >= 0 && seconds < 2 ** 34) {
    if (nanoseconds === 0 && seconds < 2 ** 32) {
      const bytes = Buffer.from([0xd6, 0xff, 0, 0, 0, 0])
      bytes.writeUInt32BE(seconds, 2)
      return bytes
    }
    const bytes = Buffer.from([0xd7, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
    bytes.writeBigUInt64BE((BigInt(nanoseconds) << 34n) | BigInt(seconds), 2)
    return bytes
  }
  const bytes = Buffer.alloc(15)
  bytes.set([0xc7, 12, 0xff])
  bytes.writeUInt32BE(nanoseconds, 3)
  bytes.writeBigInt64BE(BigInt(seconds), 7)
  return bytes
}
