import type { Adoption, AdoptionService } from '../features/adopt.ts'
import type { FoundSession } from './find-session.ts'
import { ADOPTED } from '../record/operations.ts'
import type { Operation } from '../record/operations.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import { isStoreFailure } from '../storage/store-calls.ts'
import type { RequestHead } from '../contracts/transport.ts'
import type { ResponseHeaders } from './response-headers.ts'

/** What other systems' sessions ask of one visit: to begin with one, to finish giving it up, to leave all that a logged-out client still has. */
export class RequestAdoption {
  readonly #adoptions: AdoptionService
  readonly #request: RequestHead
  /** Of the session that this request makes one from. */
  #adopts: Adoption | undefined
  /** Of the session that this one was made from. */
  #givesUp: Adoption | undefined
  #leaves = false

  constructor(adoptions: AdoptionService, request: RequestHead) {
    this.#adoptions = adoptions
    this.#request = request
  }

  /** Of the session that the next record is made from. */
  get system(): string | undefined {
    return this.#adopts?.system
  }

  /**
   * What is to be recorded before all else, if anything.
   *
   * @param mayStillChange without a response to send our token with, nothing is adopted: the next request will
   */
  async begin(
    { record, endedMeanwhile }: FoundSession,
    mayStillChange: () => boolean,
  ): Promise<{ readonly operations: readonly Operation[]; readonly attempt: LoginAttempt | undefined } | undefined> {
    if (record) {
      const unfinished = this.#adoptions.unfinished(record)
      if (!unfinished || !mayStillChange()) return undefined
      this.#givesUp = unfinished
      return { operations: [{ type: 'delete', key: ADOPTED }], attempt: undefined }
    }
    if (endedMeanwhile !== undefined) return undefined
    const beginning = await this.#adoptions.begin(this.#request)
    if (!beginning || !mayStillChange()) return undefined
    this.#adopts = beginning.adoption
    return beginning
  }

  /** The record is stored. */
  adopted(): void {
    this.#adopts = undefined
  }

  /** The session ended: no other system's session that the request carries may begin another. */
  leave(): void {
    this.#leaves = true
    this.#adopts = undefined
  }

  /** Answers whether the record may say that it is done; if the store failed, a later request will do it. */
  async giveUp(headers: ResponseHeaders): Promise<boolean> {
    if (this.#leaves) headers.add(...(await this.#adoptions.leave(this.#request)))
    this.#leaves = false
    const adoption = this.#givesUp
    if (!adoption) return true
    try {
      headers.add(...(await this.#adoptions.finish(this.#request, adoption)))
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      this.#givesUp = undefined
      return false
    }
    this.#givesUp = undefined
    return true
  }
}
