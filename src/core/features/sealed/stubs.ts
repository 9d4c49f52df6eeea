/**
 * What a store of revocations keeps of a signed-in sealed session: its record without the data. While the stub is there
 * the session lives; the index by principal finds it.
 *
 * @module
 */
import type { Clock } from '../../basics/time.ts'
import { SojournError } from '../../basics/errors.ts'
import { RESERVED } from '../../record/operations.ts'
import { expiresAt } from '../../record/policy.ts'
import type { Policy } from '../../record/policy.ts'
import type { RecordCodec } from '../../record/record-codec.ts'
import type { SessionRecord } from '../../record/record.ts'
import type { StoreCalls } from '../../storage/store-calls.ts'

/** The version of the sealed record that was seen last. */
const SEEN = `${RESERVED}seen`
const MAX_ATTEMPTS = 5

export class Stubs {
  readonly #calls: StoreCalls
  readonly #records: RecordCodec
  readonly #policy: Policy
  readonly #clock: Clock
  readonly #recheck: number

  /** @param recheck how long a sealed record goes without looking here, milliseconds */
  constructor(calls: StoreCalls, records: RecordCodec, policy: Policy, clock: Clock, recheck: number) {
    this.#calls = calls
    this.#records = records
    this.#policy = policy
    this.#clock = clock
    this.#recheck = recheck
  }

  /** Before a login or a new token is sealed. `false` if the id belongs to another principal, or has ended. */
  async put(record: SessionRecord): Promise<boolean> {
    if ((await this.#calls.create(this.#stub(record, 1))) === 'created') return true
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const known = await this.#load(record)
      if (!known) return false
      const answer = await this.#calls.update(this.#stub(record, known.version + 1))
      if (answer === 'updated') return true
      if (answer === 'gone') return false
    }
    throw new SojournError(
      'ERR_SESSION_CONFLICT',
      `Other writers changed what is known of the session ${MAX_ATTEMPTS} times in a row. Try again.`,
    )
  }

  /**
   * Whether a sealed record is still good: not revoked, and none that came before one already seen. A response that was
   * slow may hand out a record with a smaller version than one that was seen meanwhile, but not one that was sealed
   * earlier.
   */
  async holds(record: SessionRecord): Promise<boolean> {
    const known = await this.#load(record)
    if (!known) return false
    const seen = Number(known.values.get(SEEN)?.text)
    if (record.version < seen && record.meta.seenAt <= known.meta.seenAt) return false
    // Beside the request: if it fails, the next check does it.
    void this.#note(record, known.version + 1)
    return true
  }

  async #note(record: SessionRecord, version: number): Promise<void> {
    try {
      await this.#calls.update(this.#stub(record, version))
    } catch {
      // An event has reported it.
    }
  }

  async #load({ id, principal }: SessionRecord): Promise<SessionRecord | undefined> {
    const stored = await this.#calls.load(id)
    const known = stored && this.#records.decode(stored, this.#clock.now())
    return known?.principal === principal ? known : undefined
  }

  #stub(record: SessionRecord, version: number): ReturnType<RecordCodec['encode']> {
    const values = new Map([[SEEN, { text: String(record.version), rich: false }]])
    // Until its next check the sealed record moves its own deadline, and this store does not see it.
    const reach = expiresAt(this.#policy, record.meta, this.#clock.now()) + this.#recheck
    return this.#records.encode({ ...record, version, expiresAt: Math.min(reach, record.meta.absoluteExpiresAt), values })
  }
}
