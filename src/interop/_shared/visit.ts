/**
 * One request in the session of another system: what it found, what it recorded, and the headers for the client. The
 * handle uses it in the same way as a visit of Sojourn's own sessions.
 *
 * @module
 */
import type { Answer } from '../../core/basics/answer.ts'
import type { Clock } from '../../core/basics/time.ts'
import type { RecentlyEnded } from '../../core/storage/recently-ended.ts'
import { SojournError } from '../../core/basics/errors.ts'
import type { Events } from '../../core/basics/events.ts'
import type { CommitTrace } from '../../core/basics/tracing.ts'
import type { Flash, Operation } from '../../core/record/operations.ts'
import type { OnStoreDown } from '../../core/record/policy.ts'
import type { LoginAttempt } from '../../core/storage/revocation.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { BaseVisit } from '../../core/request/base.ts'
import type { VisitRequest } from '../../core/request/base.ts'
import { CLEAR_SITE_DATA } from '../../core/request/response-headers.ts'
import type { Saved } from '../../core/request/saving.ts'
import type { SessionBackend } from '../../core/request/session-backend.ts'
import type { ForeignCookie } from './cookie.ts'
import type { Marks } from '../../core/basics/marks.ts'
import { beside } from '../../core/request/beside.ts'
import type { ForeignValues } from './format.ts'
import type { ForeignRecord, ForeignRepository, RepositoryContext } from './repository.ts'
import { applyForeign, messagesOf } from './operations.ts'
import type { ForeignOperation } from './operations.ts'

/** What all handles of one shared system have in common. */
export interface ForeignContext extends RepositoryContext {
  readonly clock: Clock
  readonly events: Events
  readonly cookie: Pick<ForeignCookie, 'read' | 'set' | 'clear'>
  readonly repository: ForeignRepository
  readonly ended: RecentlyEnded
  readonly touching: Marks
  /** Whether the platform freezes what goes on after a response. */
  readonly freezes: boolean
  readonly onStoreDown: OnStoreDown
  /** Whether mistakes that lose something throw, or warn, at a cost. */
  readonly development: boolean
}

type Outcome = Pick<Saved, 'result' | 'attempts'>

const REFRESHED_AFTER = 0.1

export class ForeignVisit extends BaseVisit<ForeignRecord, ForeignOperation> implements SessionBackend {
  readonly stamp = undefined
  /** The key that the next session is stored under, if the application was told. */
  announcedKey: string | undefined
  readonly #context: ForeignContext
  #view: ForeignValues | undefined
  #viewed = 0
  /** The newest one, because the client keeps one cookie of a name. */
  #cookie: HeaderLine | undefined
  #clearsSiteData: 'no' | 'asked' | 'owed' = 'no'

  constructor(context: ForeignContext, visitor: VisitRequest) {
    super(context, visitor, 'Cookie')
    this.#context = context
  }

  get principal(): string | null {
    const login = this.operations.findLast((operation) => operation.type === 'login')
    return login?.principal ?? this.record?.principal ?? null
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  peek(): Answer<void> {
    return this.loadUnseen()
  }

  protected async find(): Promise<void> {
    const { cookie, repository, events, ended } = this.#context
    const cookies = cookie.read(this.visitor)
    const found: ForeignRecord[] = []
    for (const value of cookies) {
      const record = await repository.find(value)
      if (record) found.push(record)
    }
    const [record, another] = found
    const names = cookies.map((value) => repository.nameOf(value))
    this.endedMeanwhile = names.find((name) => name !== undefined && ended.since(name, this.visitor.openedAt))
    if (record && another) {
      // Somebody planted a second cookie, so neither can be trusted (cookie tossing).
      events.emit('refused', { id: another.id, reason: 'ambiguous' })
    } else if (record && record.id !== this.endedMeanwhile && (await this.#isStillSignedIn(record))) {
      this.record = record
      if (events.has('loaded')) events.emit('loaded', { id: record.id, principal: record.principal })
      await this.#refresh(record)
    }
    this.isLoaded = true
  }

  /** As in the system itself, a session ends at its next use if its user is gone or has changed the password. */
  async #isStillSignedIn(record: ForeignRecord): Promise<boolean> {
    const { format, calls, repository, events } = this.#context
    const { principal } = format
    if (record.principal === null || !principal.isStillSignedIn) return true
    if (await calls.run('principal.isStillSignedIn', async (call) => principal.isStillSignedIn?.(record.values, call))) return true
    if (await repository.end(record)) events.emit('revoked', { id: record.id, principal: record.principal })
    return false
  }

  #refresh(record: ForeignRecord): Answer<void> {
    const { format, clock, repository, touching, events } = this.#context
    const now = clock.now()
    const { expiresAt } = format.lifetime(record.values, now)
    const refreshes = typeof format.refreshes === 'function' ? format.refreshes(record.values) : format.refreshes
    if (!refreshes || expiresAt - record.expiresAt < REFRESHED_AFTER * (expiresAt - now)) return undefined
    if (!repository.touch) {
      if (this.mayStillChange()) this.operations = [...this.operations, { type: 'reseal' }]
      return undefined
    }
    const { id, principal } = record
    if (!touching.set(id, now)) return undefined
    const touch = repository
      .touch(record)
      .then(
        (live) => live && events.emit('touched', { id, principal, expiresAt }),
        () => undefined,
      )
      .finally(() => touching.remove(id))
    return beside(this.#context, this.visitor.exchange, touch)
  }

  values(): ForeignValues {
    const stored = this.record?.values ?? NO_VALUES
    if (this.operations.length === 0) return stored
    if (!this.#view || this.#viewed !== this.operations.length) {
      this.#view = applyForeign(stored, this.operations, this.#context.format, this.rules)
      this.#viewed = this.operations.length
    }
    return this.#view
  }

  flashes(type: string): readonly Flash[] {
    return messagesOf(this.values(), this.#context.format.flash, type)
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  changeNow(operation: Operation): void {
    const { format } = this.#context
    if (operation.type === 'flash' && !format.flash) {
      throw new SojournError('ERR_SESSION_CAPABILITY', `Flash messages: the sessions of ${format.system} have no place for them.`)
    }
    // All other operations are about Sojourn's own tokens.
    if ('key' in operation || operation.type === 'rotate') this.recordChange(operation)
  }

  async begin(principal: string): Promise<LoginAttempt> {
    return { principal, startedAt: this.#context.clock.now(), epoch: undefined }
  }

  /** @throws ERR_SESSION_CAPABILITY for a `stamp`, because the system has no place for it */
  async login({ principal, persistence, keep, stamp }: Operation & { type: 'login' }): Promise<void> {
    const { format, calls } = this.#context
    if (stamp !== undefined) {
      throw new SojournError('ERR_SESSION_CAPABILITY', `login: the sessions of ${format.system} have no place for a stamp.`)
    }
    const entries = await calls.run('principal.signIn', (call) => format.principal.signIn(principal, persistence, call))
    if (this.principal !== null && this.principal !== principal) this.end('logout')
    this.recordChange({ type: 'login', principal, keep, entries })
  }

  protected forgetView(): void {
    this.#view = undefined
  }

  end(how: 'logout' | 'revoked'): void {
    // Also if another request has ended it: whoever asks for an end wants what follows to begin anew.
    this.endedMeanwhile = undefined
    this.announcedKey = undefined
    if (!this.record && this.operations.length === 0) return
    this.recordEnding(how)
  }

  clearSiteData(): void {
    if (this.endings.length > 0) this.#clearsSiteData = 'asked'
  }

  // ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  takeHeaders(): HeaderLine[] {
    const headers: HeaderLine[] = this.#cookie ? [this.#cookie] : []
    if (this.#clearsSiteData === 'owed') {
      headers.unshift(CLEAR_SITE_DATA)
      this.#clearsSiteData = 'no'
    }
    this.#cookie = undefined
    return headers
  }

  protected isHousekeeping({ type }: ForeignOperation): boolean {
    return type === 'reseal'
  }

  protected settle(signal: AbortSignal | undefined): Answer<void> {
    if (signal?.aborted) throw new SojournError('ERR_SESSION_NOT_SAVED', 'The commit was withdrawn before it began; nothing was saved.')
    return this.endings.length > 0 ? this.#settleEndings() : undefined
  }

  async #settleEndings(): Promise<void> {
    const { repository, events, cookie, ended, clock } = this.#context
    for (let ending = this.endings[0]; ending; ending = this.endings[0]) {
      const { id, principal } = ending.record
      // Marked before the store is asked, so that a request that finds the session missing also finds the mark.
      ended.add(id, clock.now())
      if (await repository.end(ending.record)) events.emit(ending.how, { id, principal })
      this.endings = this.endings.slice(1)
      this.#cookie = cookie.clear()
      if (this.#clearsSiteData === 'asked') this.#clearsSiteData = 'owed'
    }
  }

  protected async save(
    operations: readonly ForeignOperation[],
    fresh: boolean,
    _signal: AbortSignal | undefined,
    trace: CommitTrace | undefined,
  ): Promise<void> {
    const outcome = await this.#save(operations, fresh)
    trace?.became(outcome)
  }

  async #save(operations: readonly ForeignOperation[], fresh: boolean): Promise<Outcome> {
    const login = operations.findLast((operation) => operation.type === 'login')
    const base = this.record
    if (login || (base && operations.some(({ type }) => type === 'rotate'))) return this.#replaceKey(base, operations, login?.principal)
    if (base) return this.#write(base, operations, fresh)
    if (this.endedMeanwhile !== undefined) return this.#drop(operations, this.endedMeanwhile)
    return this.#created(await this.#context.repository.create(undefined, operations, this.announcedKey))
  }

  async #write(base: ForeignRecord, operations: readonly ForeignOperation[], fresh: boolean): Promise<Outcome> {
    const { repository, events, format, clock } = this.#context
    const written = await repository.write(base, fresh, operations)
    if (written.type === 'superseded') {
      throw new SojournError('ERR_SESSION_SUPERSEDED', 'Somebody else signed in while the request ran; nothing of the request was saved.')
    }
    if (written.type === 'gone') {
      this.record = undefined
      this.endedMeanwhile = base.id
      return this.#drop(operations, base.id)
    }
    const { record, attempts } = written
    const isUnchanged = record.raw === base.raw
    if (attempts > 1 && !isUnchanged) events.emit('merged', { id: record.id, attempts })
    this.record = record
    const renews =
      repository.cookieOf(record) !== repository.cookieOf(base) || format.lifetime(record.values, clock.now()).cookieMaxAge !== undefined
    if (record !== base && renews) this.#sendCookie(record)
    return { result: isUnchanged ? 'unchanged' : attempts > 1 ? 'merged' : 'written', attempts }
  }

  /**
   * The data move to a new key, so that a key that was known before the sign-in is worth nothing after it (fixation).
   */
  async #replaceKey(
    base: ForeignRecord | undefined,
    operations: readonly ForeignOperation[],
    signsIn: string | undefined,
  ): Promise<Outcome> {
    const { repository, events, ended, clock } = this.#context
    const record = await repository.create(base, operations)
    if (base) {
      ended.add(base.id, clock.now())
      const wasThere = await repository.end(base)
      // A login proved who the user is, so it does not fail if another request ended the earlier session.
      if (!wasThere && signsIn === undefined) {
        if (record) await repository.end(record)
        this.record = undefined
        this.endedMeanwhile = base.id
        throw new SojournError('ERR_SESSION_GONE', 'The session ended while the request ran; it cannot be given a new key.')
      }
    }
    if (!base) this.#created(record)
    else if (record) {
      this.record = record
      this.#sendCookie(record)
      if (signsIn === undefined) events.emit('rotated', { id: record.id, principal: record.principal, routine: false })
    }
    this.endedMeanwhile = undefined
    if (record && signsIn !== undefined) {
      const { address, userAgent } = this.visitor
      const again = base?.principal === signsIn
      events.emit('login', { id: record.id, principal: signsIn, again, address, userAgent })
    }
    return { result: base ? 'written' : 'created', attempts: 1 }
  }

  #created(record: ForeignRecord | undefined): Outcome {
    if (!record) return { result: 'unchanged', attempts: 0 }
    this.record = record
    this.announcedKey = undefined
    this.#sendCookie(record)
    this.#context.events.emit('created', { id: record.id, principal: record.principal })
    return { result: 'created', attempts: 1 }
  }

  #sendCookie(record: ForeignRecord): void {
    const { cookie, format, repository, clock } = this.#context
    const now = clock.now()
    this.#cookie =
      record.values.size > 0
        ? cookie.set(repository.cookieOf(record), format.lifetime(record.values, now).cookieMaxAge, now)
        : cookie.clear()
  }

  #drop(operations: readonly ForeignOperation[], id: string): Outcome {
    if (operations.some(({ type }) => type !== 'reseal')) this.#context.events.emit('dropped', { id, operations: operations.length })
    return { result: 'dropped', attempts: 0 }
  }
}

const NO_VALUES: ForeignValues = new Map()
