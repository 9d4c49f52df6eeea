/** More than any session has; little enough to read at once. */
const MAX_INPUT_BYTES = 4_194_304

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * What a reader makes of bytes from outside; `undefined` if they are too many, if it throws, or if it leaves some over. Never throws.
 *
 * @param read may throw anything; what it does is bounded by the bytes
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

/** Takes bytes from the front, and throws where there are not enough. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many were taken. */
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

  /** UTF-8 of so many bytes; throws where it is none. */
  text(length: number): string {
    return utf8.decode(this.take(length))
  }

  /** What was taken since then. */
  since(at: number): Buffer {
    return this.#bytes.subarray(at, this.#at)
  }
}
