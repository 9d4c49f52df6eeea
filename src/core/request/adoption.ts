import type { Adoption, AdoptionService } from '../features/adopt.ts'
import type { FoundSession } from './find-session.ts'
import { ADOPTED } from '../record/operations.ts'
import type { Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import { isStoreFailure } from '../storage/store-calls.ts'
import type { RequestHead } from '../contracts/transport.ts'
import type { ResponseHeaders } from './response-headers.ts'

/**
 * What one request does about other systems' sessions: begins a session from one, ends that original later, and at a
 * logout ends all that the client still has.
 */
export class RequestAdoption {
  readonly #adoptions: AdoptionService
  readonly #request: RequestHead
  /** The original that this request makes a session from. */
  #adopts: Adoption | undefined
  /** The original that must be ended now that the client has our token. */
  #toEnd: Adoption | undefined
  #endsAll = false

  constructor(adoptions: AdoptionService, request: RequestHead) {
    this.#adoptions = adoptions
    this.#request = request
  }

  /** The system of the original that the next record is made from. */
  get system(): string | undefined {
    return this.#adopts?.system
  }

  /**
   * Returns the operations to record before all others; `'ended'` if the session has ended because a twin did.
   *
   * @param isTouched whether the session is as old as one that is touched
   * @param mayStillChange if it returns false, no response can bring our token: nothing is adopted, and the next
   *   request tries again
   */
  async begin(
    { record, endedMeanwhile }: FoundSession,
    isTouched: boolean,
    mayStillChange: () => boolean,
  ): Promise<{ readonly operations: readonly Operation[]; readonly attempt: LoginAttempt | undefined } | 'ended' | undefined> {
    if (record) {
      // A session of somebody is found by its principal. One of nobody looks for itself, as often as it is touched.
      if (record.principal === null && isTouched && (await this.#adoptions.endIfTwinEnded(record))) return 'ended'
      const unfinished = this.#adoptions.unfinished(record)
      if (!unfinished || !mayStillChange()) return undefined
      this.#toEnd = unfinished
      return { operations: [{ type: 'delete', key: ADOPTED }], attempt: undefined }
    }
    if (endedMeanwhile !== undefined) return undefined
    const beginning = await this.#adoptions.begin(this.#request)
    if (!beginning || !mayStillChange()) return undefined
    this.#adopts = beginning.adoption
    return beginning
  }

  /** Called when the record is stored. */
  adopted(): void {
    this.#adopts = undefined
  }

  /** Called when the session ended: no original that the request carries may begin another. */
  leave(): void {
    this.#endsAll = true
    this.#adopts = undefined
  }

  /** A session has ended. @throws what the store throws: then it is to be asked again */
  endSiblings(record: SessionRecord): Promise<void> {
    return this.#adoptions.endSiblings(record)
  }

  /**
   * Ends the original session. Returns false if the store failed; then the record keeps its note, and a later request
   * tries again.
   */
  async giveUp(headers: ResponseHeaders): Promise<boolean> {
    if (this.#endsAll) headers.add(...(await this.#adoptions.endOriginals(this.#request)))
    this.#endsAll = false
    const adoption = this.#toEnd
    if (!adoption) return true
    try {
      headers.add(...(await this.#adoptions.finish(this.#request, adoption)))
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      this.#toEnd = undefined
      return false
    }
    this.#toEnd = undefined
    return true
  }
}
