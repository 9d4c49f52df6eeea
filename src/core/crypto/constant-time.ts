const HASH_LENGTH = 43

/**
 * Whether two hashes, as 43 base64url characters, are equal; in a time that tells nothing of where they differ: every character is looked at, and
 * none decides what is done next. `timingSafeEqual` does the same for bytes, and costs thirty times as much, because both must become Buffers first.
 */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== HASH_LENGTH || b.length !== HASH_LENGTH) return false
  let difference = 0
  for (let i = 0; i < HASH_LENGTH; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** As `sameHash`: whether a text of one byte a character is what stands in `bytes` from a position on. */
export function sameBytes(text: string, bytes: Uint8Array, from: number): boolean {
  let difference = 0
  for (let i = 0; i < text.length; i++) difference |= text.charCodeAt(i) ^ bytes[from + i]!
  return difference === 0
}
