import { inflateSync } from 'node:zlib'

/** More than any session has, and little enough to read at once. */
const MAX_INFLATED_BYTES = 1_048_576

/**
 * Inflates zlib's format (RFC 1950). Returns `undefined` for anything else, and for more than a mebibyte. Never throws.
 */
export function inflate(bytes: Uint8Array): Buffer | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_INFLATED_BYTES })
  } catch {
    return undefined
  }
}
