/**
 * Sessions that lie in a store of another system. The system has no versions, so what was read is compared before it is
 * replaced: of two writers in Node both changes survive. The other system writes the whole session without comparing,
 * and can undo what Node wrote while its own request ran (P1 holds on this side only).
 *
 * @module
 */
import { KeyedQueue } from '../../core/basics/keyed-queue.ts'
import { pause, unknownOutcome } from '../../core/storage/commit.ts'
import { SojournError } from '../../core/basics/errors.ts'
import { sameValues } from './same-values.ts'
import { reasonOfReply } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { isRefusal, isStoreFailure } from '../../core/storage/store-calls.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignValues, StoreBackedStorage } from './format.ts'
import { foreignRecord, publicName } from './repository.ts'
import type { ForeignRecord, ForeignRepository, RepositoryContext, WriteResult } from './repository.ts'
import { applyForeign } from './operations.ts'
import type { ForeignOperation } from './operations.ts'

const MAX_ATTEMPTS = 40
const MAX_KEYS = 3

export class StoreBackedRepository implements ForeignRepository {
  readonly #context: RepositoryContext
  readonly #storage: StoreBackedStorage<unknown>
  /** By key, so that writers of one process wait for each other instead of racing. */
  readonly #queue = new KeyedQueue<WriteResult>()

  constructor(context: RepositoryContext, storage: StoreBackedStorage<unknown>) {
    this.#context = context
    this.#storage = storage
  }

  async find(cookie: string): Promise<ForeignRecord | undefined> {
    const key = this.#storage.readKey(cookie)
    return key === undefined ? undefined : this.#load(key)
  }

  nameOf(cookie: string): string | undefined {
    const key = this.#storage.readKey(cookie)
    return key === undefined ? undefined : publicName(key)
  }

  async #load(key: string): Promise<ForeignRecord | undefined> {
    return this.#record(key, await this.#ask('load', (call) => this.#storage.store.load(key, call)))
  }

  #record(key: string, entry: ForeignEntry<unknown> | undefined): ForeignRecord | undefined {
    const { format, clock } = this.#context
    const now = clock.now()
    const values = entry && this.#storage.read(entry.raw, now)
    if (!values) return undefined
    const expiresAt = entry.expiresAt ?? format.lifetime(values, now).expiresAt
    return foreignRecord(this.#context, { secret: key, raw: entry.raw, values, expiresAt })
  }

  write(base: ForeignRecord, fresh: boolean, operations: readonly ForeignOperation[]): Promise<WriteResult> {
    return this.#queue.run(base.secret, (last) => this.#write(base, fresh, operations, last))
  }

  /** @param last the result of the previous write to this key in this process */
  async #write(
    base: ForeignRecord,
    fresh: boolean,
    operations: readonly ForeignOperation[],
    last: WriteResult | undefined,
  ): Promise<WriteResult> {
    let newest = last?.type === 'saved' ? last.record : base
    let read = fresh
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts++) {
      if (newest.principal !== base.principal) return { type: 'superseded' }
      const values = this.#apply(newest.values, operations)
      const unchanged = sameValues(values, newest.values)
      if (unchanged && read) return { type: 'saved', record: newest, attempts }
      const answer = await (unchanged ? this.#look(base.secret) : this.#replace(newest, values))
      if (answer === 'gone') return { type: 'gone' }
      if (!answer.conflict) return { type: 'saved', record: answer.record, attempts }
      newest = answer.record
      read = true
      if (attempts > 1) await pause(attempts)
    }
    throw new SojournError('ERR_SESSION_CONFLICT', `Other writers changed the session ${MAX_ATTEMPTS} times in a row. Try again.`)
  }

  async #look(key: string): Promise<WriteAttempt> {
    return conflictWith(await this.#load(key))
  }

  async #replace(newest: ForeignRecord, values: ForeignValues): Promise<WriteAttempt> {
    const { secret: key, raw: old } = newest
    const [raw, expiresAt] = this.#encode(values)
    try {
      const answer = await this.#askToWrite('replace', (call) => this.#storage.store.replace(key, old, raw, expiresAt, call))
      if (answer === 'gone') return answer
      if (answer !== 'updated') return conflictWith(this.#record(key, answer))
      return { conflict: false, record: foreignRecord(this.#context, { secret: key, raw, values, expiresAt }) }
    } catch (cause) {
      if (!isStoreFailure(cause) || isRefusal(cause)) throw cause
      return this.#afterLostReply(newest, values, cause)
    }
  }

  /** There is no nonce, but the stored value may show whether our write took effect. */
  async #afterLostReply(before: ForeignRecord, values: ForeignValues, cause: unknown): Promise<WriteAttempt> {
    const found = await this.#load(before.secret).catch(() => {
      throw unknownOutcome('The store did not answer.', cause)
    })
    if (!found || sameValues(found.values, before.values)) return conflictWith(found)
    if (sameValues(found.values, values)) return { conflict: false, record: found }
    throw unknownOutcome('The store did not answer.', cause)
  }

  async create(
    base: ForeignRecord | undefined,
    operations: readonly ForeignOperation[],
    announced?: string,
  ): Promise<ForeignRecord | undefined> {
    // A sign-in takes over no data of a session that has ended or that belongs to somebody else by now.
    const found = base && (await this.#load(base.secret))
    const newest = found?.principal === base?.principal ? found : undefined
    const values = this.#apply(newest?.values ?? new Map(), operations)
    if (values.size === 0) return undefined
    for (let attempt = 0; attempt < MAX_KEYS; attempt++) {
      const key = attempt === 0 && announced !== undefined ? announced : this.#storage.newKey()
      const [raw, expiresAt] = this.#encode(values)
      const answer = await this.#askToWrite('create', (call) => this.#storage.store.create(key, raw, expiresAt, call))
      if (answer === 'created') return foreignRecord(this.#context, { secret: key, raw, values, expiresAt })
    }
    throw new SojournError('ERR_SESSION_STORE', `The store called ${MAX_KEYS} random keys taken.`)
  }

  end({ secret }: ForeignRecord): Promise<boolean> {
    return this.#ask('delete', (call) => this.#storage.store.delete(secret, call))
  }

  get touch(): ForeignRepository['touch'] & {} {
    return ({ secret, values }) => {
      const { expiresAt } = this.#context.format.lifetime(values, this.#context.clock.now())
      return this.#ask('touch', async (call) => (await this.#storage.store.touch?.(secret, expiresAt, call)) ?? false)
    }
  }

  cookieOf({ secret }: ForeignRecord): string {
    return this.#storage.writeKey(secret)
  }

  #apply(values: ForeignValues, operations: readonly ForeignOperation[]): ForeignValues {
    return applyForeign(values, operations, this.#context.format, this.#context.rules)
  }

  #encode(values: ForeignValues): [raw: unknown, expiresAt: number] {
    const now = this.#context.clock.now()
    const lifetime = this.#context.format.lifetime(values, now)
    return [this.#storage.write(values, lifetime, now), lifetime.expiresAt]
  }

  /** An error reply of the engine is an outcome: nothing was written (counterexample `refused-as-unknown`). */
  #askToWrite<T>(operation: string, ask: (call: Call) => Promise<T>): Promise<T> {
    return this.#ask(operation, (call) => orRefused(() => ask(call), reasonOfReply))
  }

  #ask<T>(operation: string, ask: (call: Call) => Promise<T>): Promise<T> {
    return this.#context.calls.run(operation, ask)
  }
}

/** The result of one attempt to write: what was written, or a newer state that somebody else wrote. */
type WriteAttempt = { readonly conflict: boolean; readonly record: ForeignRecord } | 'gone'

function conflictWith(record: ForeignRecord | undefined): WriteAttempt {
  return record ? { conflict: true, record } : 'gone'
}
