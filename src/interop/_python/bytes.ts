/** More than any session has, and little enough to read at once. */
const MAX_INPUT_BYTES = 4_194_304

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads untrusted bytes. Returns `undefined` if there are too many, if `read` throws, or if it does not use all of
 * them. Never throws.
 *
 * @param read may throw anything; its work must be bounded by the number of bytes
 */
export function readAll<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): T | undefined {
  if (bytes.length > MAX_INPUT_BYTES) return undefined
  const reader = new ByteReader(bytes)
  try {
    const result = read(reader)
    return reader.at === bytes.length ? result : undefined
  } catch {
    return undefined
  }
}

/** Takes bytes from the front. Throws if there are not enough. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The number of bytes that were taken. */
  get at(): number {
    return this.#at
  }

  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('cut off')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }

  /** Takes bytes and decodes them as UTF-8. Throws if they are not. */
  text(length: number): string {
    return utf8.decode(this.take(length))
  }

  /** The bytes that were taken since that position. */
  since(at: number): Buffer {
    return this.#bytes.subarray(at, this.#at)
  }
}
