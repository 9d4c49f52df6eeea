import { randomFillSync } from 'node:crypto'

// One call makes the bytes of many tokens: 0.1 µs instead of 2 µs each. Bytes that were used are overwritten.
const pool: Buffer = Buffer.allocUnsafeSlow(8_192)
let used: number = pool.length

/** Copies fresh random bytes into a buffer. If the generator fails it throws, so the request fails (CVE-2025-66630). */
export function randomInto(target: Buffer, offset: number, length: number): void {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  pool.copy(target, offset, used, used + length)
  pool.fill(0, used, used + length)
  used += length
}

/** Random text of `bytes` bytes in base64url. */
export function randomText(bytes: number): string {
  const buffer = Buffer.allocUnsafe(bytes)
  randomInto(buffer, 0, bytes)
  return buffer.toString('base64url')
}
