/**
 * What an operator can look up and do.
 *
 * @module
 */
import type { Internals } from '../../core/internals.ts'
import type { Sessions } from '../../core/sessions.ts'
import type { SessionRecord } from '../../core/record/record.ts'
import { isStoreFailure } from '../../core/storage/store-calls.ts'
import { EndingEverybody } from './everybody.ts'
import type { Ending } from './everybody.ts'
import { Observer } from '../counts/observer.ts'

/** How many sessions of one principal are shown. */
const SHOWN = 200
/** How long a count is used again, because some stores have to look at every record. Milliseconds. */
const COUNT_KEPT = 10_000

export class Desk {
  readonly observer: Observer
  readonly #internals: Internals
  readonly #sessions: Pick<Sessions, 'of' | 'revokeEverything'>
  readonly #everybody: EndingEverybody
  #count: { readonly at: number; readonly live: Promise<number | undefined> } | undefined

  constructor(sessions: Pick<Sessions, 'of' | 'revokeEverything'>, internals: Internals) {
    this.#sessions = sessions
    this.#internals = internals
    this.observer = new Observer(sessions, internals)
    this.#everybody = new EndingEverybody((options) => sessions.revokeEverything(options))
  }

  get now(): number {
    return this.#internals.clock.now()
  }

  /** How many sessions are live; `undefined` if the store does not count them. */
  count(): Promise<number | undefined> {
    const { now } = this
    if (!this.#count || now - this.#count.at >= COUNT_KEPT) {
      const live = this.#internals.calls.count()
      this.#count = { at: now, live }
      // A failure is not kept, so the next look asks again.
      live.catch(() => (this.#count = undefined))
    }
    return this.#count.live
  }

  find(id: string): Promise<SessionRecord | undefined> {
    return this.#internals.find(id)
  }

  /** The sessions of a principal, the one seen last first; `undefined` if the store has no index. */
  async sessionsOf(principal: string): Promise<{ readonly records: SessionRecord[]; readonly isAll: boolean } | undefined> {
    const { revocation } = this.#internals
    if (!revocation.isAble) return undefined
    const records: SessionRecord[] = []
    for await (const page of revocation.pages(principal)) {
      records.push(...page)
      if (records.length > SHOWN) break
    }
    return { records: records.slice(0, SHOWN), isAll: records.length <= SHOWN }
  }

  /** Ends one session. Returns what it was; `undefined` if there was none. */
  async end(operator: string, id: string): Promise<SessionRecord | undefined> {
    const record = await this.find(id)
    if (!record || !(await this.#internals.revocation.end(record, 'revoked'))) return undefined
    this.#tell(operator, 'end', 1, record.principal, id)
    return record
  }

  async endAllOf(operator: string, principal: string): Promise<number> {
    const ended = await this.#sessions.of(principal).revokeAll()
    this.#tell(operator, 'end-principal', ended, principal)
    return ended
  }

  get isAbleToEndEverybody(): boolean {
    return this.#internals.calls.store.scanner !== undefined
  }

  async endEverybody(operator: string): Promise<Ending> {
    const total = await this.count().catch((error: unknown) => {
      if (isStoreFailure(error)) return undefined
      throw error
    })
    return this.#everybody.begin(operator, total, (ended) => this.#tell(operator, 'end-everybody', ended, null))
  }

  get ending(): Ending | undefined {
    return this.#everybody.last
  }

  #tell(operator: string, action: 'end' | 'end-principal' | 'end-everybody', ended: number, principal: string | null, id?: string): void {
    this.#count = undefined
    this.#internals.events.emit('operated', { operator, action, id, principal, ended })
  }
}
