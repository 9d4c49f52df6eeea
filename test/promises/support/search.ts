/**
 * All the ways in which some bytes may lie within others: as they are, in hex, and in base64 and base64url at each of
 * the three places where they may begin in a longer encoded text, without the characters at the edges that depend on
 * the neighbours.
 */
function spellings(bytes: Buffer): { readonly name: string; readonly needle: Buffer }[] {
  const hex = bytes.toString('hex')
  const found = [
    { name: 'raw', needle: bytes },
    { name: 'UTF-16', needle: Buffer.from(bytes.toString('latin1'), 'utf16le') },
    { name: 'hex', needle: Buffer.from(hex) },
    { name: 'HEX', needle: Buffer.from(hex.toUpperCase()) },
  ]
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString(encoding)
      const last = Math.floor(((shift + bytes.length) * 8) / 6)
      found.push({ name: `${encoding}, shifted by ${shift}`, needle: Buffer.from(text.slice(Math.ceil((shift * 8) / 6), last)) })
    }
  }
  return found
}

/** In which spellings some bytes lie in a haystack. */
export function findIn(haystack: Buffer, bytes: Buffer): string[] {
  return spellings(bytes)
    .filter(({ needle }) => haystack.includes(needle))
    .map(({ name }) => name)
}

/** What of a token must never be found anywhere: the whole, its secret, and its tag. */
export function partsOf(token: string): Record<string, Buffer> {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length === 63) return { token: bytes, secret: bytes.subarray(37, 53), tag: bytes.subarray(53) }
  if (bytes.length !== 48) throw new Error('A token has 48 bytes, or 63 in a link.')
  return { token: bytes, secret: bytes.subarray(22, 38), tag: bytes.subarray(38) }
}
