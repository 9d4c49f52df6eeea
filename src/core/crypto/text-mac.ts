import { hash } from 'node:crypto'

const BLOCK = 64
const DIGEST = 32
/** Each character is one byte, also after the key is padded in, so a text can be hashed without a Buffer. */
const HEX = 'hex'

/**
 * HMAC-SHA-256 (RFC 2104) of texts in UTF-8. The key is the hexadecimal text of 32 bytes, which fills the block of the
 * hash exactly. The padded blocks are kept, which takes half the time of `createHmac`.
 */
export class TextMac {
  readonly #inner: string
  readonly #outer = Buffer.alloc(BLOCK + DIGEST)

  constructor(key: Buffer) {
    const text = Buffer.from(key.toString(HEX))
    this.#inner = text.map((byte) => byte ^ 0x36).toString()
    this.#outer.set(text.map((byte) => byte ^ 0x5c))
  }

  /** In base64url, 43 characters. */
  of(text: string): string {
    this.#outer.write(hash('sha256', this.#inner + text, 'binary'), BLOCK, 'latin1')
    return hash('sha256', this.#outer, 'base64url')
  }
}
