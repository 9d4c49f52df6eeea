/**
 * The text after the algorithm's name in a password hash: `v=19$m=19456,t=2,p=1$salt$hash`, with salt and hash in base64 without `=`,
 * as in the PHC string format.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { argon2 } from './argon2.ts'
import type { Argon2Parameters } from './argon2.ts'

const ARGON2 = /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

export interface Argon2Text extends Argon2Parameters {
  readonly salt: Buffer
  readonly hash: Buffer
}

/** `undefined` for what is not an Argon2 text of version 1.3. */
export function readArgon2(encoded: string): Argon2Text | undefined {
  const match = ARGON2.exec(encoded)
  if (!match) return undefined
  const [, variant, memory, passes, parallelism, salt, hash] = match as unknown as [string, Argon2Text['variant'], ...string[]]
  const numbers = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  if (numbers.passes < 1 || numbers.parallelism < 1 || numbers.memory < 8 * numbers.parallelism) return undefined
  return { variant, ...numbers, salt: Buffer.from(salt!, 'base64'), hash: Buffer.from(hash!, 'base64') }
}

/** @throws ERR_SESSION_CAPABILITY */
export async function matchesArgon2(password: string, text: Argon2Text): Promise<boolean> {
  const hash = await (await argon2())(text, Buffer.from(password), text.salt, text.hash.length)
  return timingSafeEqual(hash, text.hash)
}
