import { timingSafeEqual } from 'node:crypto'

const left: Buffer = Buffer.alloc(43)
const right: Buffer = Buffer.alloc(43)

/** Whether two secret hashes are equal, in constant time. */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== 43 || b.length !== 43) return false
  left.write(a, 'latin1')
  right.write(b, 'latin1')
  return timingSafeEqual(left, right)
}
