/**
 * Password hashes as text in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`,
 * `$scrypt$ln=17,r=8,p=1$salt$hash`.
 *
 * @module
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { argon2, fitsArgon2 } from './argon2.ts'
import type { Argon2Parameters } from './argon2.ts'
import { deriveScrypt, fitsScrypt } from './derive.ts'
import type { ScryptParameters } from './derive.ts'

const ARGON2 = /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

export interface Argon2Text extends Argon2Parameters {
  readonly salt: Buffer
  readonly hash: Buffer
}

/**
 * Reads an Argon2 text of version 1.3; `undefined` for anything else, and for parameters that {@link fitsArgon2} does
 * not allow.
 */
export function readArgon2(encoded: string): Argon2Text | undefined {
  const match = ARGON2.exec(encoded)
  if (!match) return undefined
  const [, variant, memory, passes, parallelism, salt, hash] = match as unknown as [string, Argon2Text['variant'], ...string[]]
  const numbers = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  if (!fitsArgon2(numbers)) return undefined
  return { variant, ...numbers, salt: Buffer.from(salt!, 'base64'), hash: Buffer.from(hash!, 'base64') }
}

/** Whether a password matches a text. @throws ERR_SESSION_CAPABILITY */
export async function matchesArgon2(password: string, text: Argon2Text): Promise<boolean> {
  const hash = await (await argon2())(text, Buffer.from(password), text.salt, text.hash.length)
  return timingSafeEqual(hash, text.hash)
}

/** Makes a text, with 128 random bits of salt and a hash of 32 bytes. @throws ERR_SESSION_CAPABILITY */
export async function writeArgon2(password: string, parameters: Argon2Parameters): Promise<string> {
  const salt = randomBytes(16)
  const hash = await (await argon2())(parameters, Buffer.from(password), salt, 32)
  const { variant, memory, passes, parallelism } = parameters
  return `$${variant}$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

export interface ScryptText extends ScryptParameters {
  readonly salt: Buffer
  readonly hash: Buffer
}

/** Reads an scrypt text; `undefined` for anything else, and for parameters that {@link fitsScrypt} does not allow. */
export function readScrypt(encoded: string): ScryptText | undefined {
  const match = SCRYPT.exec(encoded)
  if (!match) return undefined
  const [, log, blockSize, parallelism, salt, hash] = match as unknown as [string, ...string[]]
  const parameters = { cost: 2 ** Number(log), blockSize: Number(blockSize), parallelism: Number(parallelism) }
  return fitsScrypt(parameters) ? { ...parameters, salt: Buffer.from(salt!, 'base64'), hash: Buffer.from(hash!, 'base64') } : undefined
}

/** Whether a password matches a text. */
export async function matchesScrypt(password: string, text: ScryptText): Promise<boolean> {
  return timingSafeEqual(await deriveScrypt(text, password, text.salt, text.hash.length), text.hash)
}

/** Makes a text, with 128 random bits of salt and a hash of 32 bytes. */
export async function writeScrypt(password: string, parameters: ScryptParameters): Promise<string> {
  const salt = randomBytes(16)
  const hash = await deriveScrypt(parameters, password, salt, 32)
  const { cost, blockSize, parallelism } = parameters
  return `$scrypt$ln=${Math.log2(cost)},r=${blockSize},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Base64 as the PHC string format writes it. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
