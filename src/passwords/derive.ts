import { pbkdf2, scrypt } from 'node:crypto'

/** Of scrypt (RFC 7914): `cost` is N, a power of two. */
export interface ScryptParameters {
  readonly cost: number
  readonly blockSize: number
  readonly parallelism: number
}

/** On Node's thread pool. */
export function deriveScrypt(
  { cost, blockSize, parallelism }: ScryptParameters,
  password: string,
  salt: string | Buffer,
  length: number,
): Promise<Buffer> {
  // Node refuses what needs more than 32 MiB unless told; what it counts is a little more than the blocks.
  const maxmem = 128 * blockSize * (cost + parallelism + 2)
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { N: cost, r: blockSize, p: parallelism, maxmem }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}

/** Whether scrypt can be computed with these: N a power of two, and not more than 1 GiB. */
export function fitsScrypt({ cost, blockSize, parallelism }: ScryptParameters): boolean {
  const isPower = Number.isInteger(Math.log2(cost)) && cost > 1
  return isPower && blockSize > 0 && parallelism > 0 && parallelism <= 64 && 128 * blockSize * cost <= 2 ** 30
}

/** On Node's thread pool. */
export function derivePbkdf2(
  digest: 'sha256' | 'sha1',
  iterations: number,
  password: string,
  salt: string,
  length: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, length, digest, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
