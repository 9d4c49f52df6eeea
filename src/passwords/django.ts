/**
 * Passwords as Django stores them in `auth_user.password`. Like Django, these functions take a password as it was
 * typed, without Unicode normalisation.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { randomText } from '../core/crypto/random.ts'
import { MAX_ITERATIONS, derivePbkdf2, deriveScrypt, fitsScrypt } from './derive.ts'
import { matchesArgon2, readArgon2 } from './phc.ts'

const PBKDF2 = /^pbkdf2_(sha256|sha1)\$(\d{1,8})\$([^$]*)\$([A-Za-z0-9+/]+=*)$/
const SCRYPT = /^scrypt\$(\d{1,8})\$([^$]*)\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]+=*)$/
const ARGON2 = 'argon2$'

/** Whether a text names one of the formats that {@link verifyDjangoPassword} knows. */
export function isDjangoPassword(encoded: string): boolean {
  return /^(pbkdf2_sha256|pbkdf2_sha1|scrypt|argon2)\$/.test(encoded)
}

/**
 * Whether a password matches a text of Django. Knows `pbkdf2_sha256`, `pbkdf2_sha1`, `scrypt` and `argon2`. `false` for
 * everything else: an unusable password (`!…`), a damaged text, and `bcrypt` and `bcrypt_sha256`, for which Node has no
 * function; `createAuth` calls its `verifyOther` for those.
 *
 * @throws ERR_SESSION_CAPABILITY for `argon2` where neither Node nor `@node-rs/argon2` has it
 */
export async function verifyDjangoPassword(password: string, encoded: string): Promise<boolean> {
  const pbkdf2 = PBKDF2.exec(encoded)
  if (pbkdf2) {
    const [, digest, iterations, salt, hash] = pbkdf2 as unknown as [string, 'sha256' | 'sha1', string, string, string]
    const expected = Buffer.from(hash, 'base64')
    if (Number(iterations) < 1 || Number(iterations) > MAX_ITERATIONS || expected.length !== (digest === 'sha256' ? 32 : 20)) return false
    return timingSafeEqual(await derivePbkdf2(digest, Number(iterations), password, salt, expected.length), expected)
  }
  const scrypt = SCRYPT.exec(encoded)
  if (scrypt) {
    const [, cost, salt, blockSize, parallelism, hash] = scrypt as unknown as [string, string, string, string, string, string]
    const parameters = { cost: Number(cost), blockSize: Number(blockSize), parallelism: Number(parallelism) }
    const expected = Buffer.from(hash, 'base64')
    if (expected.length !== 64 || !fitsScrypt(parameters)) return false
    return timingSafeEqual(await deriveScrypt(parameters, password, salt, expected.length), expected)
  }
  const argon2 = encoded.startsWith(ARGON2) ? readArgon2(encoded.slice(ARGON2.length - 1)) : undefined
  return argon2 ? matchesArgon2(password, argon2) : false
}

/** Options of {@link hashDjangoPassword}. */
export interface DjangoPasswordOptions {
  /**
   * Rounds of PBKDF2. Use the number of your Django (3.2: 260,000; 4.2: 600,000; 5.2: 1,000,000). A Django with another
   * number hashes the password anew at the user's next sign-in, which ends the user's other sessions. Default
   * 1,000,000.
   */
  readonly iterations?: number
}

const OPTIONS: KnownOptions<DjangoPasswordOptions> = { iterations: true }

/**
 * Makes a text for `auth_user.password`, in Django's default format, `pbkdf2_sha256`.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export async function hashDjangoPassword(password: string, options: DjangoPasswordOptions = {}): Promise<string> {
  checkOptions('hashPassword', options, OPTIONS)
  const { iterations = 1_000_000 } = options
  // 128 random bits. The characters '-' and '_' are allowed, because Django only refuses '$'.
  const salt = randomText(16)
  const hash = await derivePbkdf2('sha256', iterations, password, salt, 32)
  return `pbkdf2_sha256$${iterations}$${salt}$${hash.toString('base64')}`
}
