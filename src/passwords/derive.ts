import { pbkdf2, scrypt } from 'node:crypto'
import { inTurn } from './queue.ts'

/** Parameters of scrypt (RFC 7914): `cost` is N, a power of two. */
export interface ScryptParameters {
  readonly cost: number
  readonly blockSize: number
  readonly parallelism: number
}

/** Derives a key by scrypt, on Node's thread pool. */
export function deriveScrypt(
  { cost, blockSize, parallelism }: ScryptParameters,
  password: string,
  salt: string | Buffer,
  length: number,
): Promise<Buffer> {
  // Without `maxmem` Node refuses more than 32 MiB. OpenSSL counts cost + parallelism + 2 blocks.
  const maxmem = 128 * blockSize * (cost + parallelism + 2)
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password, salt, length, { N: cost, r: blockSize, p: parallelism, maxmem }, (error, key) => {
          if (error) reject(error)
          else resolve(key)
        })
      }),
  )
}

/**
 * More work than that is no check of a password: it stands in no text of this package, but may in a table that
 * somebody wrote to.
 */
const MAX_WORK = 2 ** 33
export const MAX_ITERATIONS = 20_000_000

/**
 * Whether scrypt can be computed with these parameters: N is a power of two, and it takes at most 1 GiB, eight times.
 */
export function fitsScrypt({ cost, blockSize, parallelism }: ScryptParameters): boolean {
  const isPower = Number.isInteger(Math.log2(cost)) && cost > 1
  return (
    isPower && blockSize > 0 && parallelism > 0 && 128 * blockSize * cost <= 2 ** 30 && 128 * blockSize * cost * parallelism <= MAX_WORK
  )
}

/** Derives a key by PBKDF2, on Node's thread pool. */
export function derivePbkdf2(
  digest: 'sha256' | 'sha1',
  iterations: number,
  password: string,
  salt: string,
  length: number,
): Promise<Buffer> {
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        pbkdf2(password, salt, iterations, length, digest, (error, key) => {
          if (error) reject(error)
          else resolve(key)
        })
      }),
  )
}
