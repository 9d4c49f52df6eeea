/**
 * Passwords as text to store. New ones are hashed in one format; all known formats are verified.
 *
 * Unicode: a password is hashed in its NFKC form (NIST SP 800-63B-4, 3.1.1.2), so that it does not matter how a
 * keyboard composes `é`. Other software may have hashed it as it was typed, so both forms are tried. For Django's
 * formats only the typed one is, because Django never normalises.
 *
 * @module
 */
import { SojournError, optionError } from '../core/basics/errors.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { hashDjangoPassword, isDjangoPassword, verifyDjangoPassword } from '../passwords/django.ts'
import { fitsArgon2 } from '../passwords/argon2.ts'
import { fitsScrypt, MAX_ITERATIONS } from '../passwords/derive.ts'
import { matchesArgon2, matchesScrypt, readArgon2, readScrypt, writeArgon2, writeScrypt } from '../passwords/phc.ts'

/**
 * How new passwords are hashed. Every other known format is still verified, and replaced when its user next signs in.
 */
export type PasswordHashing =
  /**
   * The default. `memory` in KiB (default 19,456), `passes` (2), `parallelism` (1): the first choice of OWASP. Built
   * into Node 24.7 and later; for older ones install `@node-rs/argon2`.
   */
  | { readonly algorithm: 'argon2id'; readonly memory?: number; readonly passes?: number; readonly parallelism?: number }
  /** `cost` is N, a power of two (default 131,072), `blockSize` is r (8), `parallelism` is p (1). Every Node has it. */
  | { readonly algorithm: 'scrypt'; readonly cost?: number; readonly blockSize?: number; readonly parallelism?: number }
  /**
   * For a table of users that a Django application uses as well. Use the PBKDF2 `iterations` of your Django (default
   * 1,000,000).
   */
  | { readonly algorithm: 'django'; readonly iterations?: number }

/** Verifies a format of another library, such as bcrypt. */
export type VerifyOther = (password: string, encoded: string) => boolean | Promise<boolean>

/** Longer ones only cost time (ASVS 5.0 6.2.9 asks for at least 64 characters). */
const MAX_PASSWORD_BYTES = 1_024

/** Hashes passwords in one format, with fixed parameters. */
interface Hasher {
  hash(password: string): Promise<string>
  /** Whether a stored text has this format and these parameters, so that it need not be replaced. */
  isCurrent(encoded: string): boolean
}

export class Passwords {
  readonly #hasher: Hasher
  readonly #other: VerifyOther | undefined

  /** @throws ERR_SESSION_OPTIONS */
  constructor(hashing: PasswordHashing, other: VerifyOther | undefined) {
    this.#hasher = hasherOf(hashing)
    this.#other = other
  }

  /** @throws ERR_SESSION_PASSWORD if it is empty or longer than 1,024 bytes */
  async hash(password: string): Promise<string> {
    if (!isPossible(password)) {
      throw new SojournError('ERR_SESSION_PASSWORD', `A password has between 1 and ${MAX_PASSWORD_BYTES} bytes.`)
    }
    return this.#hasher.hash(password)
  }

  /**
   * Whether a password matches a stored text. Without a text, or with one of an unknown format, it takes as long as for
   * a wrong password. `false` for whatever {@link hash} refuses.
   *
   * @throws ERR_SESSION_CAPABILITY for an Argon2 text where nothing can compute Argon2
   */
  async verify(password: string, encoded: string | undefined): Promise<boolean> {
    if (!isPossible(password)) return false
    if (encoded !== undefined) {
      const argon2 = readArgon2(encoded)
      if (argon2) return anyOf(spellings(password), (spelling) => matchesArgon2(spelling, argon2))
      const scrypt = readScrypt(encoded)
      if (scrypt) return anyOf(spellings(password), (spelling) => matchesScrypt(spelling, scrypt))
      if (isDjangoPassword(encoded)) return verifyDjangoPassword(password, encoded)
      if (this.#other) return this.#other(password, encoded)
    }
    return anyOf(spellings(password), async (spelling) => {
      await this.#hasher.hash(spelling)
      return false
    })
  }

  /** Whether a stored text is as {@link hash} would make it today. */
  isCurrent(encoded: string): boolean {
    return this.#hasher.isCurrent(encoded)
  }
}

type Of<Algorithm> = KnownOptions<Extract<PasswordHashing, { readonly algorithm: Algorithm }>>
const ARGON2: Of<'argon2id'> = { algorithm: true, memory: true, passes: true, parallelism: true }
const SCRYPT: Of<'scrypt'> = { algorithm: true, cost: true, blockSize: true, parallelism: true }
const DJANGO: Of<'django'> = { algorithm: true, iterations: true }

function hasherOf(hashing: PasswordHashing): Hasher {
  switch (hashing.algorithm) {
    case 'argon2id': {
      checkOptions('passwords', hashing, ARGON2)
      const { memory = 19_456, passes = 2, parallelism = 1 } = hashing
      checkWhole({ memory, passes, parallelism })
      const parameters = { variant: 'argon2id', memory, passes, parallelism } as const
      if (!fitsArgon2(parameters)) {
        throw optionError('passwords.memory: at least 8 KiB for each lane of parallelism, and at most 1 GiB, 8 GiB with all passes.')
      }
      return {
        hash: (password) => writeArgon2(password.normalize('NFKC'), parameters),
        isCurrent: (encoded) => sameNumbers(readArgon2(encoded), parameters),
      }
    }
    case 'scrypt': {
      checkOptions('passwords', hashing, SCRYPT)
      const { cost = 131_072, blockSize = 8, parallelism = 1 } = hashing
      const parameters = { cost, blockSize, parallelism }
      checkWhole(parameters)
      if (!fitsScrypt(parameters)) throw optionError('passwords.cost: a power of two, and not more than 1 GiB (128 × cost × blockSize).')
      return {
        hash: (password) => writeScrypt(password.normalize('NFKC'), parameters),
        isCurrent: (encoded) => sameNumbers(readScrypt(encoded), parameters),
      }
    }
    case 'django': {
      checkOptions('passwords', hashing, DJANGO)
      const { iterations = 1_000_000 } = hashing
      checkWhole({ iterations })
      if (iterations > MAX_ITERATIONS) throw optionError(`passwords.iterations: at most ${MAX_ITERATIONS}.`)
      // All of Django's formats are current: to replace one by another would end the user's sessions in Django.
      return { hash: (password) => hashDjangoPassword(password, { iterations }), isCurrent: isDjangoPassword }
    }
    default:
      throw optionError("passwords.algorithm: write 'argon2id', 'scrypt' or 'django'.")
  }
}

function checkWhole(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) throw optionError(`passwords.${name}: write a whole number above zero.`)
  }
}

function sameNumbers(text: object | undefined, parameters: object): boolean {
  return text !== undefined && Object.entries(parameters).every(([name, value]) => (text as Record<string, unknown>)[name] === value)
}

/**
 * The length in characters is compared first: it is never above that in bytes, and costs nothing however long the text
 * is.
 */
function isPossible(password: string): boolean {
  return password !== '' && password.length <= MAX_PASSWORD_BYTES && Buffer.byteLength(password) <= MAX_PASSWORD_BYTES
}

/** The normalised form first, because our own hashes are made of it. */
function spellings(password: string): string[] {
  return [...new Set([password.normalize('NFKC'), password])]
}

async function anyOf(spelled: readonly string[], matches: (spelling: string) => Promise<boolean>): Promise<boolean> {
  for (const spelling of spelled) if (await matches(spelling)) return true
  return false
}
