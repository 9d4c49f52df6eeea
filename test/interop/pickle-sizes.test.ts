/** The pickle reader's memory grows with the bytes it reads, whatever they refer to. */
import { expect, test } from 'vitest'
import { readPickle } from '../../src/interop/_python/pickle.ts'

const LIST_OF = (first: Buffer, references: number): Buffer =>
  Buffer.concat([
    Buffer.from('\x80\x03](', 'latin1'),
    first,
    Buffer.from('q\x00', 'latin1'),
    Buffer.from('h\x00'.repeat(references), 'latin1'),
    Buffer.from('e.'),
  ])

function blob(length: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(length)
  return Buffer.concat([Buffer.from('B'), size, Buffer.alloc(length, 'A')])
}

/** An empty set that is filled. */
function setOf(size: number): Buffer {
  const numbers = Buffer.alloc(5 * size)
  for (let i = 0; i < size; i++) {
    numbers.write('J', 5 * i)
    numbers.writeInt32LE(i, 5 * i + 1)
  }
  return Buffer.concat([Buffer.from('\x8f(', 'latin1'), numbers, Buffer.from('\x90', 'latin1')])
}

test.each([
  ['bytes', LIST_OF(blob(100_000), 2_000)],
  ['bytes, of which few', LIST_OF(blob(1_000_000), 1_500)],
  ['a set', LIST_OF(setOf(60_000), 3_000)],
])('%s that are referred to again and again are refused', (_what, pickle) => {
  const before = process.memoryUsage()
  expect(readPickle(pickle)).toBe(undefined)
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(32 * 1024 * 1024)
})

test('what Python itself writes for a value that is there some times is read', () => {
  const list = readPickle(LIST_OF(blob(1_000), 99)) as Uint8Array[]
  expect([list.length, list.every((one) => one.length === 1_000), list[0] === list[1]]).toEqual([100, true, false])
  expect(readPickle(LIST_OF(setOf(10), 3))).toEqual(Array.from({ length: 4 }, () => new Set(Array.from({ length: 10 }, (_, i) => i))))
})
