import { hkdfSync } from 'node:crypto'

/** One application secret, in the order of `secrets`: the first signs, all verify. */
export interface Secret {
  /** Names the secret inside a token or a sealed body, so that only the right one is tried. */
  readonly kid: number
  /** A key of its own for each purpose, so that a value made for one is refused for another (CVE-2023-48309). */
  key(purpose: string): Buffer
}

/** Fewer than even hexadecimal text of the least length has. */
const MIN_DIFFERENT = 10

/** Whether a text is so monotonous that nobody drew it at random. */
export function isMonotonous(secret: string): boolean {
  return new Set(secret).size < MIN_DIFFERENT
}

export function secretOf(text: string): Secret {
  const key = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', text, '', purpose, 32))
  return { kid: key('kid')[0]!, key }
}
