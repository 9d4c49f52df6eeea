/**
 * Writes pickles of plain data that every Python since 3.4 reads: protocol 4, without a memo.
 *
 * @module
 */
import { checkDepth, Float, hasUtf8, isInteger, isPlainObject, Tuple, unwritable } from './python.ts'

/**
 * Writes a pickle that names no class.
 *
 * @param path which value it is, for messages
 * @throws ERR_SESSION_VALUE_TYPE for what is not plain data
 */
export function writePickle(value: unknown, path: string): Buffer {
  return pickleOf(pickled(value, path, 0))
}

/** Writes a dict whose values are pickles of `writePickle` already. */
export function pickleOfMembers(members: Iterable<readonly [key: string, pickle: Buffer]>): Buffer {
  // Without the protocol at the start and the stop at the end.
  const items = [...members].flatMap(([key, pickle]) => [pickled(key, 'a key', 0), pickle.subarray(2, -1)])
  return pickleOf(filled([0x7d, 0x28], items, 0x75))
}

function pickleOf(opcodes: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(0x80, 4), opcodes, Uint8Array.of(0x2e)])
}

function pickled(value: unknown, path: string, depth: number): Buffer {
  checkDepth(path, depth)
  const inner = (item: unknown, name: string): Buffer => pickled(item, `${path}${name}`, depth + 1)
  if (value === null) return Buffer.of(0x4e)
  if (typeof value === 'boolean') return Buffer.of(value ? 0x88 : 0x89)
  if (typeof value === 'number') return isInteger(value) ? integer(value, path) : float(value)
  if (typeof value === 'bigint') return long(value, path)
  if (typeof value === 'string') return counted(0x58, Buffer.from(checkedText(value, path)))
  if (typeof value !== 'object') throw unwritable(path, value, 'a pickle')
  if (value instanceof Float) return float(value.value)
  if (value instanceof Uint8Array) return counted(0x42, value)
  if (value instanceof Tuple)
    return filled(
      [0x28],
      value.items.map((item, i) => inner(item, `[${i}]`)),
      0x74,
    )
  if (Array.isArray(value))
    return filled(
      [0x5d, 0x28],
      Array.from(value, (item, i) => inner(item, `[${i}]`)),
      0x65,
    )
  if (value instanceof Set)
    return filled(
      [0x8f, 0x28],
      Array.from(value, (item) => inner(item, '.item')),
      0x90,
    )
  if (value instanceof Map) return dict([...value], inner)
  if (isPlainObject(value)) return dict(Object.entries(value), inner)
  throw unwritable(path, value, 'a pickle')
}

function dict(entries: readonly (readonly [unknown, unknown])[], inner: (item: unknown, name: string) => Buffer): Buffer {
  return filled(
    [0x7d, 0x28],
    entries.flatMap(([key, item]) => [inner(key, '.key'), inner(item, `.${String(key)}`)]),
    0x75,
  )
}

function filled(begin: readonly number[], items: readonly Buffer[], end: number): Buffer {
  return Buffer.concat([Buffer.from(begin), ...items, Buffer.of(end)])
}

function counted(opcode: number, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head[0] = opcode
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0x47
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function integer(value: number, path: string): Buffer {
  if (value < -0x8000_0000 || value > 0x7fff_ffff) return long(BigInt(value), path)
  const bytes = Buffer.alloc(5)
  bytes[0] = 0x4a
  bytes.writeInt32LE(value, 1)
  return bytes
}

function long(value: bigint, path: string): Buffer {
  for (let length = 8; length <= 255; length++) {
    if (BigInt.asIntN(length * 8, value) !== value) continue
    const digits = BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0')
    return Buffer.concat([Buffer.of(0x8a, length), Buffer.from(digits, 'hex').toReversed()])
  }
  throw unwritable(path, value, 'a pickle')
}

function checkedText(text: string, path: string): string {
  if (hasUtf8(text)) return text
  throw unwritable(path, text, 'a pickle')
}
