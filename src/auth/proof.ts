import type { LoginAttempt } from '../core/storage/revocation.ts'

let readProof: (proof: Proof<object>) => Proven

/**
 * A proof that somebody knows a user's password, from `auth.authenticate`; hand it to `auth.login` or
 * `auth.challenge`. It is an object of its own, whatever objects of users are shared or loaded anew, and holds for
 * the sign-in that it was made in (counterexample `shared-proof`).
 */
export class Proof<User extends object> {
  static {
    readProof = (proof) => proof.#proven
  }

  /** As `users` gave it. */
  readonly user: User
  readonly #proven: Proven

  /** Made by `auth.authenticate`. */
  constructor(user: User, proven: Proven) {
    this.user = user
    this.#proven = proven
  }
}

/** What was proved: for which credentials, by their stamp, and in an attempt that began when. */
export interface Proven {
  readonly attempt: LoginAttempt
  readonly stamp: string
}

export function provenBy(proof: Proof<object>): Proven {
  return readProof(proof)
}
