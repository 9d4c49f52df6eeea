/**
 * Sealed sessions: the whole record travels with the client, encrypted (Flask's idea). To the rest of core it is a
 * store like another, opened anew for each request: it loads what the request carries, and what it writes becomes
 * headers.
 *
 * Decision 0016 tells what this can promise and what it cannot.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Clock } from '../../basics/time.ts'
import type { Sealer } from '../../crypto/encryption.ts'
import type { RecentlyEnded } from '../../storage/recently-ended.ts'
import { SojournError } from '../../basics/errors.ts'
import { RESERVED } from '../../record/operations.ts'
import { tokenMaxAge } from '../../record/policy.ts'
import type { RecordCodec } from '../../record/record-codec.ts'
import type { SessionRecord } from '../../record/record.ts'
import type { StoreCalls } from '../../storage/store-calls.ts'
import type { Call, PrincipalIndex, SessionStore, StoredRecord } from '../../contracts/store.ts'
import type { Stubs } from './stubs.ts'
import type { HeaderLine } from '../../basics/refusal.ts'
import type { Carrier, Channel, RequestHead } from '../../contracts/transport.ts'

/**
 * What `sealedStore()` of `sojourn/stores/sealed` gives: sessions travel with the client instead of lying in a store.
 */
export interface SealedStore {
  readonly sealed: SealedSettings
}

export interface SealedSettings {
  readonly revocations: SessionStore | undefined
  /** Milliseconds. */
  readonly recheck: number
  readonly spill: SessionStore | undefined
  /** Characters of sealed text. */
  readonly spillAbove: number
}

/** What the sealed sessions of all requests share. */
export interface SealedContext {
  readonly settings: SealedSettings
  readonly carrier: Carrier
  readonly sealer: Sealer
  readonly records: RecordCodec
  readonly clock: Clock
  readonly ended: RecentlyEnded
  readonly stubs: Stubs | undefined
  readonly spill: StoreCalls | undefined
  readonly principals: PrincipalIndex | undefined
  /** Ends what stores keep of a session. */
  forget(id: string): Promise<boolean>
  /** In development: the record is about to grow too large to travel. */
  large(keys: string, length: number): void
}

/** Where a record was found, and where the next version of it goes. */
type Place = 'client' | 'spill'

interface Kept {
  readonly record: StoredRecord
  readonly place: Place
  /** When the store of revocations was last asked about it. */
  readonly checkedAt: number
}

const CHANNELS: readonly Channel[] = ['signed-in', 'anonymous']
const SPILLED = 'spilled'
/** Worth a warning in development before it is an error. */
const LARGE = 0.75

export class SealedRecords implements SessionStore {
  readonly principals?: PrincipalIndex
  readonly replies?: 'certain'
  readonly #context: SealedContext
  readonly #head: RequestHead
  readonly #openedAt: number
  #kept: Kept | undefined
  #rechecked = false
  readonly #ended = new Set<string>()
  readonly #owed = new Map<Channel, HeaderLine[]>()

  constructor(context: SealedContext, head: RequestHead, openedAt: number) {
    this.#context = context
    this.#head = head
    this.#openedAt = openedAt
    if (context.principals) this.principals = context.principals
    if (!context.spill?.uncertain) this.replies = 'certain'
  }

  async load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    if (this.#ended.has(id)) return undefined
    const place = this.#kept?.record.id === id ? this.#kept.place : undefined
    if (place === 'client') return this.#kept!.record
    const found = (place !== 'spill' && this.#fromClient(id)) || (await this.#fromSpill(id))
    if (!found || found.record.expiresAt <= now) return undefined
    const checked = await this.#check(found, now)
    this.#kept = checked ?? this.#kept
    return checked?.record
  }

  async create(record: StoredRecord, { now }: Call): Promise<'created' | 'exists'> {
    const { stubs } = this.#context
    if (stubs && record.principal !== null && !(await stubs.put(this.#decoded(record, now)))) return 'exists'
    const answer = await this.#write({ record, place: 'client', checkedAt: now }, now)
    return answer === 'updated' ? 'created' : 'exists'
  }

  async update(record: StoredRecord, { now }: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const { stubs, ended } = this.#context
    const before = this.#kept
    if (!before || before.record.id !== record.id || ended.since(record.id, this.#openedAt)) return 'gone'
    if (!stubs || record.principal === null) return this.#write({ ...before, record }, now)
    const [was, is] = [this.#decoded(before.record, now), this.#decoded(record, now)]
    if (was.principal === is.principal && was.meta.generation === is.meta.generation) return this.#write({ ...before, record }, now)
    return (await stubs.put(is)) ? this.#write({ ...before, record, checkedAt: now }, now) : 'gone'
  }

  /** At the client the deadline moves when the record is sealed again; see `resealDue`. */
  async touch(id: string, expiresAt: number): Promise<boolean> {
    if (this.#kept?.record.id !== id || this.#kept.place === 'client') return false
    return this.#context.spill!.touch(placeOf(id), expiresAt)
  }

  async delete(id: string): Promise<boolean> {
    const own = this.#kept?.record.id === id
    if (own) {
      this.#kept = undefined
      for (const channel of CHANNELS) this.#take(channel)
    }
    this.#ended.add(id)
    return (await this.#context.forget(id)) || own
  }

  async close(): Promise<void> {}

  /** Whether the record must be sealed again although nobody changed it. */
  resealDue(touchDue: boolean): boolean {
    return this.#rechecked || (touchDue && this.#kept?.place === 'client')
  }

  /** The headers owed to the client since the last call. */
  takeHeaders(): HeaderLine[] {
    const lines = [...this.#owed.values()].flat()
    this.#owed.clear()
    return lines
  }

  #fromClient(id: string): Kept | undefined {
    for (const channel of CHANNELS) {
      const text = this.#context.carrier.read(this.#head, channel)
      const opened = text === undefined ? undefined : this.#open(text, id, channel)
      if (opened) return { ...opened, place: 'client' }
    }
    return undefined
  }

  async #fromSpill(id: string): Promise<Kept | undefined> {
    const stored = await this.#context.spill?.load(placeOf(id))
    return stored && this.#opened(stored, id)
  }

  #opened({ body, version, expiresAt }: StoredRecord, id: string): Kept | undefined {
    const opened = this.#open(body, id, SPILLED)
    // Where it was spilled to, a touch moves the deadline.
    return opened && { ...opened, record: { ...opened.record, version, expiresAt }, place: 'spill' }
  }

  async #check(found: Kept, now: number): Promise<Kept | undefined> {
    const { stubs, settings } = this.#context
    const young = found.checkedAt <= now && now - found.checkedAt < settings.recheck
    if (!stubs || found.record.principal === null || young) return found
    if (!(await stubs.holds(this.#decoded(found.record, now)))) return undefined
    this.#rechecked = true
    return { ...found, checkedAt: now }
  }

  async #write(next: Kept, now: number): Promise<'updated' | 'gone' | StoredRecord> {
    const { carrier, settings, sealer, spill } = this.#context
    const { record } = next
    const channel: Channel = record.principal === null ? 'anonymous' : 'signed-in'
    const text = sealer.seal(textOf(next), record.id, channel)
    if (spill && (next.place === 'spill' || text.length > settings.spillAbove)) return this.#spill(next, spill)
    const decoded = this.#decoded(record, now)
    if (text.length > carrier.largest) throw tooLarge(decoded, text.length, carrier.largest)
    if (text.length > carrier.largest * LARGE) this.#context.large(biggestKeys(decoded), text.length)
    for (const other of CHANNELS) if (other !== channel) this.#take(other)
    this.#owed.set(channel, carrier.send(this.#head, channel, text, tokenMaxAge(decoded.meta, now)))
    this.#keep(next)
    return 'updated'
  }

  /** A record that was spilled stays so. If another request was first, it lies there for this one too. */
  async #spill(next: Kept, spill: StoreCalls): Promise<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil } = next.record
    const body = this.#context.sealer.seal(textOf(next), id, SPILLED)
    const stored: StoredRecord = { id: placeOf(id), version, expiresAt, retainUntil, principal: null, body }
    const answer = next.place === 'spill' ? await spill.update(stored) : await spill.create(stored)
    if (answer === 'gone') return 'gone'
    for (const channel of CHANNELS) this.#take(channel)
    if (answer === 'created' || answer === 'updated') {
      this.#keep({ ...next, place: 'spill' })
      return 'updated'
    }
    const newest = answer === 'exists' ? await spill.load(stored.id) : answer
    const opened = newest && this.#opened(newest, id)
    if (!opened) return 'gone'
    this.#keep(opened)
    return opened.record
  }

  #keep(kept: Kept): void {
    this.#kept = kept
    this.#rechecked = false
  }

  /** Takes away what the client holds in a channel, or was to be given by this very response. */
  #take(channel: Channel): void {
    const { carrier } = this.#context
    if (!this.#owed.has(channel) && carrier.read(this.#head, channel) === undefined) return
    this.#owed.set(channel, carrier.send(this.#head, channel, undefined, undefined))
  }

  #open(text: string, id: string, place: string): { record: StoredRecord; checkedAt: number } | undefined {
    const opened = this.#context.sealer.open(text, id, place)
    if (opened === undefined) return undefined
    const end = opened.indexOf('\n')
    const [version, expiresAt, retainUntil, principal, checkedAt] = JSON.parse(opened.slice(0, end)) as SealedHead
    return { record: { id, version, expiresAt, retainUntil, principal, body: opened.slice(end + 1) }, checkedAt }
  }

  #decoded(record: StoredRecord, now: number): SessionRecord {
    return this.#context.records.decode(record, now)!
  }
}

type SealedHead = [version: number, expiresAt: number, retainUntil: number, principal: string | null, checkedAt: number]

function textOf({ record: { version, expiresAt, retainUntil, principal, body }, checkedAt }: Kept): string {
  return `${JSON.stringify([version, expiresAt, retainUntil, principal, checkedAt] satisfies SealedHead)}\n${body}`
}

/** A name of its own, so that one store may keep both the stub and what was spilled. */
export function placeOf(id: string): string {
  return hash('sha256', `sojourn/spill/${id}`, 'base64url').slice(0, id.length)
}

function tooLarge(record: SessionRecord, length: number, largest: number): SojournError {
  return new SojournError(
    'ERR_SESSION_SEALED_SIZE',
    `The sealed session has ${length} characters, and ${largest} can travel. The biggest keys: ${biggestKeys(record)}. ` +
      'Keep large things elsewhere, or give sealedStore a `spill`.',
  )
}

/** Names and sizes, never values. */
function biggestKeys({ values }: SessionRecord): string {
  return [...values]
    .toSorted(([, a], [, b]) => b.text.length - a.text.length)
    .slice(0, 3)
    .map(([key, { text }]) => `${JSON.stringify(key.replace(RESERVED, ''))} (${text.length})`)
    .join(', ')
}
