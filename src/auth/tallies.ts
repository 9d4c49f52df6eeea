/**
 * Small values that all processes count in together, exactly: each is one record of the store, changed by compare and
 * set, so every store can do it. The id is a keyed digest: a stolen store reveals neither names nor addresses.
 *
 * Changes of one value that wait in this process are written together. So two hundred sign-ins at once from one
 * address cost a few writes, and conflicts only come from other processes.
 *
 * @module
 */
import { SojournError } from '../core/basics/errors.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { StoreCalls } from '../core/storage/store-calls.ts'
import type { StoredRecord } from '../core/contracts/store.ts'

/** A value as it was last seen; `change` keeps it up to date. */
export interface Tally {
  readonly id: string
  record: StoredRecord | undefined
  /** Of the time before the application's secret was changed. */
  readonly inherited: string | undefined
}

/** What a change makes of the stored text. Without `text` nothing is written. */
export interface Changed<Result> {
  readonly result: Result
  readonly text?: string
  /** How long the text is needed; epoch milliseconds. With `text` only. */
  readonly until?: number
}

/** Called again after a conflict: no side effects. */
export type Change<Result> = (text: string | undefined) => Changed<Result>

const MAX_ATTEMPTS = 60
const MAX_PAUSE = 30
const ID_LENGTH = 22

interface Job {
  readonly change: Change<unknown>
  changed: Changed<unknown> | undefined
  resolve(result: never): void
  reject(error: unknown): void
}

export class Tallies {
  readonly #records: StoreCalls
  readonly #signer: Signer
  /** By id, what waits for the write under way. */
  readonly #waiting = new Map<string, Job[]>()

  constructor(records: StoreCalls, signer: Signer) {
    this.#records = records
    this.#signer = signer
  }

  /** One store call; one more for each older secret, which counted under ids of its own. */
  async find(subject: string): Promise<Tally> {
    const [id, ...older] = this.#signer.signAll(subject).map((signature) => signature.slice(0, ID_LENGTH)) as [string, ...string[]]
    const [record, ...others] = await Promise.all([id, ...older].map(async (each) => this.#records.load(each)))
    return { id, record, inherited: record ? undefined : others.find((other) => other !== undefined)?.body }
  }

  /** Digests of a text that stands in a tally: of all secrets, the first one's first. */
  digestsOf(text: string): readonly string[] {
    return this.#signer.signAll(text).map((signature) => signature.slice(0, ID_LENGTH))
  }

  /** @throws ERR_SESSION_CONFLICT, and what the store throws */
  change<Result>(tally: Tally, change: Change<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const job: Job = { change, changed: undefined, resolve, reject }
      const waiting = this.#waiting.get(tally.id)
      if (waiting) waiting.push(job)
      else void this.#drain(tally, [job])
    })
  }

  async #drain(tally: Tally, first: Job[]): Promise<void> {
    const waiting = first
    this.#waiting.set(tally.id, waiting)
    while (waiting.length > 0) {
      const jobs = waiting.splice(0)
      try {
        await this.#write(tally, jobs)
        for (const job of jobs) job.resolve(job.changed!.result as never)
      } catch (error) {
        for (const job of jobs) job.reject(error)
      }
    }
    this.#waiting.delete(tally.id)
  }

  async #write(tally: Tally, jobs: readonly Job[]): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 1) await pause()
      const next = afterAll(tally, jobs)
      if (!next) return
      const outcome = tally.record ? await this.#records.update(next) : await this.#records.create(next)
      if (outcome === 'updated' || outcome === 'created') {
        tally.record = next
        return
      }
      tally.record = typeof outcome === 'object' ? outcome : await this.#records.load(tally.id)
      // Taken, and not live: an expired record is still stored under this id.
      if (outcome === 'exists' && !tally.record) await this.#records.delete(tally.id)
    }
    throw new SojournError('ERR_SESSION_CONFLICT', `Others changed a count of failures ${MAX_ATTEMPTS} times in a row. Try again.`)
  }
}

/** The record with all changes applied in turn; `undefined` if there is nothing to write. */
function afterAll({ id, record, inherited }: Tally, jobs: readonly Job[]): StoredRecord | undefined {
  let text = record?.body ?? inherited
  let until = record?.expiresAt ?? 0
  for (const job of jobs) {
    job.changed = job.change(text)
    text = job.changed.text ?? text
    until = Math.max(until, job.changed.until ?? 0)
  }
  if (jobs.every(({ changed }) => changed!.text === undefined)) return undefined
  return { id, version: (record?.version ?? 0) + 1, expiresAt: until, retainUntil: until, principal: null, body: text! }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE))
}
