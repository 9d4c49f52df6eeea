/**
 * Argon2: Node's own (24.7 and later), otherwise that of the optional peer dependency `@node-rs/argon2`.
 *
 * @module
 */
import * as crypto from 'node:crypto'
import { SojournError } from '../core/basics/errors.ts'
import { inTurn } from './queue.ts'

export interface Argon2Parameters {
  readonly variant: 'argon2id' | 'argon2i' | 'argon2d'
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** Whether it takes at most 1 GiB, and that at most eight times. */
export function fitsArgon2({ memory, passes, parallelism }: Omit<Argon2Parameters, 'variant'>): boolean {
  return passes >= 1 && parallelism >= 1 && memory >= 8 * parallelism && memory <= 2 ** 20 && memory * passes <= 2 ** 23
}

/** Hashes a password into `length` bytes, by version 1.3 (RFC 9106). */
export type Argon2 = (parameters: Argon2Parameters, password: Buffer, salt: Buffer, length: number) => Promise<Buffer>

let found: Promise<Argon2> | undefined

/** Looks for an implementation until one is found. @throws ERR_SESSION_CAPABILITY, saying what to install */
export function argon2(): Promise<Argon2> {
  if (typeof crypto.argon2 === 'function') return Promise.resolve(ofNode)
  found ??= ofPeer()
  found.catch(() => (found = undefined))
  return found
}

const ofNode: Argon2 = ({ variant, memory, passes, parallelism }, message, nonce, tagLength) =>
  inTurn(
    () =>
      new Promise((resolve, reject) => {
        crypto.argon2(variant, { message, nonce, memory, passes, parallelism, tagLength }, (error, hash) => {
          if (error) reject(error)
          else resolve(hash)
        })
      }),
  )

const NUMBERS = { argon2d: 0, argon2i: 1, argon2id: 2 } as const

/** Exported for its test: Node 24.7 and later never calls it. */
export async function ofPeer(): Promise<Argon2> {
  let peer
  try {
    peer = await import('@node-rs/argon2')
  } catch (cause) {
    throw new SojournError(
      'ERR_SESSION_CAPABILITY',
      "This Node has no argon2 (it came with 24.7). Install '@node-rs/argon2', or choose scrypt for the passwords.",
      { cause },
    )
  }
  // The package declares its algorithms as a const enum, which TypeScript does not let us import: so numbers, and a
  // type of our own.
  const hashRaw: (password: Buffer, options: { algorithm: number; salt: Buffer } & Record<string, unknown>) => Promise<Buffer> =
    peer.hashRaw
  return ({ variant, memory, passes, parallelism }, password, salt, length) =>
    inTurn(() =>
      hashRaw(password, { algorithm: NUMBERS[variant], memoryCost: memory, timeCost: passes, parallelism, outputLen: length, salt }),
    )
}
