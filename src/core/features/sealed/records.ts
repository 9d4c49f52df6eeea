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
import { whenThere } from '../../basics/answer.ts'
import type { Answer } from '../../basics/answer.ts'
import { SojournError } from '../../basics/errors.ts'
import type { Events } from '../../basics/events.ts'
import type { HeaderLine } from '../../basics/refusal.ts'
import type { Clock } from '../../basics/time.ts'
import type { Call, PrincipalIndex, SessionStore, StoredRecord } from '../../contracts/store.ts'
import type { Carrier, Channel, RequestHead } from '../../contracts/transport.ts'
import { STORED } from '../../crypto/encryption.ts'
import type { Sealer } from '../../crypto/encryption.ts'
import type { FormerSealer } from '../../crypto/encryption-1.ts'
import { RESERVED } from '../../record/operations.ts'
import { tokenMaxAge } from '../../record/policy.ts'
import type { RecordCodec } from '../../record/record-codec.ts'
import type { SessionRecord } from '../../record/record.ts'
import type { RecentlyEnded } from '../../storage/recently-ended.ts'
import type { StoreCalls } from '../../storage/store-calls.ts'
import type { Claim } from '../../token/session-token.ts'
import { ClientCookies } from './client-cookies.ts'
import type { Stubs } from './stubs.ts'
import { readFormerSealed, readSealed, writeSealed } from './text.ts'
import type { Kept } from './text.ts'

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
  readonly maxCharacters: number
}

/** What the sealed sessions of all requests share. */
export interface SealedContext {
  readonly settings: SealedSettings
  readonly carrier: Carrier
  readonly sealer: Sealer
  /** Opens what was sealed in the first format. */
  readonly former: FormerSealer
  readonly events: Events
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

/** What the client sent in a channel, opened. Of a record that was spilled it is all but the body. */
interface Held {
  readonly channel: Channel
  readonly kept: Kept
}

/** The signed-in one wins. */
const CHANNELS: readonly Channel[] = ['signed-in', 'anonymous']
/** What the records of a channel are bound to. */
const BOUND_TO: Readonly<Record<Channel, Buffer>> = { 'signed-in': Buffer.from('signed-in'), anonymous: Buffer.from('anonymous') }
const SPILLED = 'spilled'
/** Worth a warning in development before it is an error. */
const NOTHING: readonly Kept[] = []
const LARGE = 0.75

/** The sealed records of one request. */
export class SealedRecords implements SessionStore {
  readonly principals?: PrincipalIndex
  readonly replies?: 'certain'
  readonly engine = 'sealed'
  readonly #context: SealedContext
  readonly #cookies: ClientCookies
  readonly #openedAt: number
  #held: readonly Held[] = []
  #kept: Kept | undefined
  readonly #ended: string[] = []

  constructor(context: SealedContext, head: RequestHead, openedAt: number) {
    this.#context = context
    this.#cookies = new ClientCookies(context.carrier, head)
    this.#openedAt = openedAt
    if (context.principals) this.principals = context.principals
    if (!context.spill?.uncertain) this.replies = 'certain'
  }

  /**
   * What the client claims by what it holds: the signed-in sessions first. The seal is the proof. Several of one
   * channel are of former attributes, or planted: whoever asks finds the one that lives.
   */
  claims(): Claim[] {
    const held: Held[] = []
    for (const channel of CHANNELS) for (const kept of this.#keptIn(channel)) held.push({ channel, kept })
    this.#held = held
    return held.map(({ channel, kept }) => claimOf(channel, kept))
  }

  load(id: string, { now }: Call): Answer<StoredRecord | undefined> {
    if (this.#ended.includes(id)) return undefined
    const place = this.#kept?.record.id === id ? this.#kept.place : undefined
    if (place === 'client') return this.#kept!.record
    const found = place === 'spill' ? undefined : this.#fromClient(id)
    return found ? this.#admit(found, now) : whenThere(this.#fromSpill(id), (spilled) => this.#admit(spilled, now))
  }

  create(record: StoredRecord, { now }: Call): Answer<'created' | 'exists'> {
    const { stubs } = this.#context
    const decoded = this.#decoded(record, now)
    const begin = (): Answer<'created' | 'exists'> => {
      const next: Kept = { record, generation: decoded.meta.generation, checkedAt: now, place: 'client', isStale: false }
      return whenThere(this.#write(next, decoded, now), (answer) => (answer === 'updated' ? 'created' : 'exists'))
    }
    return stubs && record.principal !== null ? stubs.put(decoded).then((isNew) => (isNew ? begin() : 'exists')) : begin()
  }

  update(record: StoredRecord, { now }: Call): Answer<'updated' | 'gone' | StoredRecord> {
    const { stubs, ended } = this.#context
    const before = this.#kept
    if (before?.record.id !== record.id || before.record.expiresAt <= now || ended.since(record.id, this.#openedAt)) return 'gone'
    const decoded = this.#decoded(record, now)
    const { generation } = decoded.meta
    const { checkedAt, place } = before
    const next: Kept = { record, generation, checkedAt, place, isStale: false }
    const isSame = before.record.principal === record.principal && before.generation === generation
    if (!stubs || record.principal === null || isSame) return this.#write(next, decoded, now)
    return stubs.put(decoded).then((isKnown) => (isKnown ? this.#write({ ...next, checkedAt: now }, decoded, now) : 'gone'))
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
      for (const channel of CHANNELS) this.#cookies.take(channel)
    }
    this.#ended.push(id)
    return (await this.#context.forget(id)) || own
  }

  async close(): Promise<void> {}

  /** Whether the record must be sealed again although nobody changed it. */
  resealDue(touchDue: boolean): boolean {
    return this.#kept !== undefined && (this.#kept.isStale || (touchDue && this.#kept.place === 'client'))
  }

  /** The headers owed to the client since the last call. */
  takeHeaders(): HeaderLine[] {
    return this.#cookies.takeHeaders()
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Of each session the newest record: one of former attributes holds an older one (counterexample `dead-twin`). */
  #keptIn(channel: Channel): Iterable<Kept> {
    const texts = this.#cookies.read(channel)
    if (texts.length === 1) {
      const kept = this.#open(texts[0]!, BOUND_TO[channel])
      return kept ? [kept] : NOTHING
    }
    const newest = new Map<string, Kept>()
    for (const text of texts) {
      const kept = this.#open(text, BOUND_TO[channel])
      if (kept && kept.record.version > (newest.get(kept.record.id)?.record.version ?? 0)) newest.set(kept.record.id, kept)
    }
    return newest.values()
  }

  /** From the cookies, or from those that had a token beside them. */
  #fromClient(id: string): Kept | undefined {
    const held = this.#heldOf(id)
    if (held) return held.kept.place === 'client' ? held.kept : undefined
    for (const channel of CHANNELS) {
      const text = this.#cookies.readFormer(channel)
      const opened = text === undefined ? undefined : this.#openFormer(text, id, channel)
      if (opened) return opened
    }
    return undefined
  }

  #heldOf(id: string): Held | undefined {
    return this.#held.find(({ kept }) => kept.record.id === id)
  }

  #fromSpill(id: string): Answer<Kept | undefined> {
    const { spill } = this.#context
    return spill && whenThere(spill.load(placeOf(id)), (stored) => stored && this.#openSpilled(stored, id))
  }

  #openSpilled({ body, version, expiresAt }: StoredRecord, id: string): Kept | undefined {
    const opened = body.startsWith(STORED) ? this.#open(body.slice(STORED.length), spilledOf(id)) : this.#openFormer(body, id, SPILLED)
    const isStale = opened?.isStale || this.#heldOf(id)?.kept.isStale !== false
    // Where it was spilled to, a touch moves the deadline.
    return opened && { ...opened, isStale, record: { ...opened.record, version, expiresAt }, place: 'spill' }
  }

  #open(text: string, boundTo: Buffer): Kept | undefined {
    const opened = this.#context.sealer.open(text, boundTo)
    return opened && readSealed(opened.text, opened.isOld)
  }

  #openFormer(text: string, id: string, place: string): Kept | undefined {
    const opened = this.#context.former.open(text, id, place)
    return opened && readFormerSealed(opened.text, opened.isOld, id)
  }

  #admit(found: Kept | undefined, now: number): Answer<StoredRecord | undefined> {
    if (!found || found.record.expiresAt <= now) return undefined
    const { stubs, settings } = this.#context
    const young = found.checkedAt <= now && now - found.checkedAt < settings.recheck
    if (!stubs || found.record.principal === null || young) return this.#admitted(found)
    return stubs
      .holds(this.#decoded(found.record, now))
      .then((holds) => (holds ? this.#admitted({ ...found, isStale: true, checkedAt: now }) : undefined))
  }

  #admitted(kept: Kept): StoredRecord {
    this.#kept = kept
    return kept.record
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #write(next: Kept, decoded: SessionRecord, now: number): Answer<'updated' | 'gone' | StoredRecord> {
    const { settings, sealer, spill } = this.#context
    const channel = channelOf(next.record)
    const isSpilled = next.place === 'spill'
    const text = isSpilled ? '' : sealer.seal(writeSealed(next.record, next.generation, next.checkedAt), BOUND_TO[channel])
    if (spill && (isSpilled || text.length > settings.maxCharacters)) return this.#spill(next, spill, tokenMaxAge(decoded.meta, now))
    if (text.length > settings.maxCharacters) throw tooLarge(decoded, text.length, settings.maxCharacters)
    if (text.length > settings.maxCharacters * LARGE) this.#context.large(biggestKeys(decoded), text.length)
    this.#send(channel, text, tokenMaxAge(decoded.meta, now))
    this.#kept = next
    return 'updated'
  }

  /** A record that was spilled stays so. If another request was first, it lies there for this one too. */
  #spill(next: Kept, spill: StoreCalls, maxAge: number | undefined): Answer<'updated' | 'gone' | StoredRecord> {
    const { id, version, expiresAt, retainUntil } = next.record
    const body = STORED + this.#context.sealer.seal(writeSealed(next.record, next.generation, next.checkedAt), spilledOf(id))
    const stored: StoredRecord = { id: placeOf(id), version, expiresAt, retainUntil, principal: null, body }
    const settle = (answer: 'created' | 'updated' | StoredRecord | undefined): 'updated' | 'gone' | StoredRecord => {
      const isOurs = answer === 'created' || answer === 'updated'
      const kept: Kept | undefined = isOurs ? { ...next, place: 'spill' } : answer && this.#openSpilled(answer, id)
      if (!kept) return 'gone'
      this.#point(kept, maxAge)
      this.#kept = kept
      return isOurs ? 'updated' : kept.record
    }
    if (next.place === 'spill') return whenThere(spill.update(stored), (answer) => (answer === 'gone' ? answer : settle(answer)))
    return whenThere(spill.create(stored), (answer) => (answer === 'exists' ? whenThere(spill.load(stored.id), settle) : settle(answer)))
  }

  /** Gives the client what leads to a spilled record, unless it holds just that. */
  #point({ record, generation }: Kept, maxAge: number | undefined): void {
    const channel = channelOf(record)
    const held = this.#heldOf(record.id)
    const isHeld = held?.channel === channel && held.kept.place === 'spill' && held.kept.generation === generation && !held.kept.isStale
    if (!isHeld) this.#send(channel, this.#context.sealer.seal(writeSealed(record, generation, 0, ''), BOUND_TO[channel]), maxAge)
  }

  /** Gives the client a text in one channel and takes away what it holds in the other. */
  #send(channel: Channel, text: string, maxAge: number | undefined): void {
    this.#cookies.take(channel === 'anonymous' ? 'signed-in' : 'anonymous')
    this.#cookies.send(channel, text, maxAge)
  }

  #decoded(record: StoredRecord, now: number): SessionRecord {
    return this.#context.records.decode(record, now)!
  }
}

function claimOf(channel: Channel, { generation, record: { id } }: Kept): Claim {
  return { channel, id, generation, hash: '', renewed: undefined, isSealed: true }
}

function channelOf({ principal }: StoredRecord): Channel {
  return principal === null ? 'anonymous' : 'signed-in'
}

/** What a spilled record is bound to. */
function spilledOf(id: string): Buffer {
  return Buffer.from(`${SPILLED}/${id}`)
}

/** A name of its own, so that one store may keep both the stub and what was spilled. */
export function placeOf(id: string): string {
  return hash('sha256', `sojourn/spill/${id}`, 'base64url').slice(0, id.length)
}

function tooLarge(record: SessionRecord, length: number, largest: number): SojournError {
  return new SojournError(
    'ERR_SESSION_SEALED_SIZE',
    `The sealed session has ${length} characters, and ${largest} can travel. The biggest keys: ${biggestKeys(record)}. ` +
      'Keep large things elsewhere, give sealedStore a `spill`, or raise `maxCharacters`.',
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
