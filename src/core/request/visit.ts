/**
 * One request in its session. The handle of `session.ts` is its typed face. What every visit does is in `base.ts`, how
 * values are read in `view.ts`, how they are saved in `saving.ts`, and what the client is sent in
 * `response-headers.ts`.
 *
 * @module
 */
import { findSession, findSessionOfForm, touchBeside } from './find-session.ts'
import type { FoundSession } from './find-session.ts'
import type { Context } from './context.ts'
import { SojournError } from '../basics/errors.ts'
import type { CommitTrace } from '../basics/tracing.ts'
import type { Exchange } from '../contracts/exchange.ts'
import { Csrf } from './csrf.ts'
import type { LinkOptions } from '../token/link-token.ts'
import { liveWithOwn } from '../features/acting.ts'
import type { ActOptions } from '../features/acting.ts'
import type { Live } from '../features/live.ts'
import { ADOPTED, flashKey, isHousekeeping, readFlash } from '../record/operations.ts'
import type { Flash, Operation } from '../record/operations.ts'
import { dueTouch, tokenMaxAge } from '../record/policy.ts'
import type { Acting, SessionRecord } from '../record/record.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import { newSessionId } from '../token/session-token.ts'
import type { HeaderLine } from '../basics/refusal.ts'
import type { Channel } from '../contracts/transport.ts'
import type { DeviceFinding, DeviceStatus } from './device-mark.ts'
import { RequestAdoption } from './adoption.ts'
import { BaseVisit } from './base.ts'
import type { VisitRequest } from './base.ts'
import { CLEAR_SITE_DATA, ResponseHeaders } from './response-headers.ts'
import { saveRecorded } from './saving.ts'
import type { Saved } from './saving.ts'
import type { LinkWriter, SessionBackend } from './session-backend.ts'
import { View } from './view.ts'
import { NO_VALUES } from '../record/stored-values.ts'
import type { Values } from '../record/stored-values.ts'
import { whenThere } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'

export class Visit extends BaseVisit<SessionRecord, Operation> implements SessionBackend {
  readonly #context: Context
  #authGeneration = 0
  /** The id that the next record gets, if the application was told one. */
  #nextId: string | undefined
  /** The attempt of the login among the operations. */
  #attempt: LoginAttempt | undefined
  /** The channels in which the client holds a token of ours. */
  #channels: readonly Channel[] = NO_CHANNELS
  /** What the login of this request found. */
  #device: DeviceFinding | undefined
  #view: View | undefined
  #clearsSiteData = false
  // Most requests need neither.
  #headers: ResponseHeaders | undefined
  #adopting: RequestAdoption | undefined

  constructor(context: Context, visitor: VisitRequest) {
    super(context, visitor, context.transport.vary)
    this.#context = context
    if (context.adoptions) this.#adopting = new RequestAdoption(context.adoptions, visitor)
    this.#shieldResponse()
  }

  override join(exchange: Exchange): void {
    if (this.visitor.exchange) return
    super.join(exchange)
    if (!this.isChanged) this.#shieldResponse()
  }

  /** Also if the session is not used: the address of such a page may hold a token, and the page may link elsewhere. */
  #shieldResponse(): void {
    if (this.#context.links) this.headers.shield(this.mayStillChange())
  }

  private get headers(): ResponseHeaders {
    return (this.#headers ??= new ResponseHeaders())
  }

  get csrf(): Csrf {
    return new Csrf(this.#context.csrf, this)
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  peek(): Answer<void> {
    return this.loadUnseen()
  }

  protected find(): Answer<void> {
    const find = this.#context.transport.links?.in === 'form' ? findSessionOfForm : findSession
    return whenThere(find(this.#context, this.visitor, this.operations.length === 0), (found) => this.#use(found))
  }

  #use(found: FoundSession): Answer<void> {
    const { record, followUp, renewed } = found
    this.record = record
    this.#authGeneration = record?.meta.authGeneration ?? 0
    this.endedMeanwhile = found.endedMeanwhile
    this.#channels = found.channels
    if (followUp && this.#mayStillSend()) this.#recordFirst(followUp)
    if (renewed) this.#renew(renewed, record!)
    if (this.#adopting) return this.#adopt(this.#adopting, found)
    this.isLoaded = true
    return undefined
  }

  #renew({ channel, token }: NonNullable<FoundSession['renewed']>, { meta }: SessionRecord): void {
    const { transport, clock } = this.#context
    if (this.mayStillChange()) this.headers.renew(transport.send(channel, token, tokenMaxAge(meta, clock.now())))
  }

  async #adopt(adopting: RequestAdoption, found: FoundSession): Promise<void> {
    const { policy, clock } = this.#context
    const isTouched = found.record !== undefined && dueTouch(policy, found.record, clock.now()) !== undefined
    const begun = await adopting.begin(found, isTouched, () => this.#mayStillSend())
    if (begun === 'ended') {
      this.endedMeanwhile = found.record!.id
      this.record = undefined
    } else if (begun) {
      this.#recordFirst(...begun.operations)
      this.#attempt = begun.attempt ?? this.#attempt
    }
    this.isLoaded = true
  }

  /**
   * Whether the response can still bring a token. The record may be loaded within a commit, when the handler is over
   * but the response is held already.
   */
  #mayStillSend(): boolean {
    return this.operations.length > 0 || this.mayStillChange()
  }

  #recordFirst(...operations: readonly Operation[]): void {
    this.operations = [...operations, ...this.operations]
    this.forgetView()
  }

  values(): Values {
    if (this.operations.length === 0) return this.record?.values ?? NO_VALUES
    return (this.#view ??= new View(this.record, this.rules)).after(this.operations)
  }

  protected forgetView(): void {
    this.#view = undefined
  }

  flashes(type: string): readonly Flash[] {
    return readFlash(this.values(), flashKey(type))
  }

  get nextId(): string {
    return this.record?.id ?? (this.#nextId ??= newSessionId())
  }

  get principal(): string | null {
    return this.#login?.principal ?? this.record?.principal ?? null
  }

  get stamp(): string | undefined {
    return this.#login ? this.#login.stamp : this.record?.meta.stamp
  }

  get acting(): Acting | undefined {
    return this.#login ? this.#login.acting : this.record?.meta.acting
  }

  get #login(): (Operation & { type: 'login' }) | undefined {
    return this.operations.findLast((operation) => operation.type === 'login')
  }

  async live(): Promise<Live> {
    const context = this.#context
    if (context.sealed) {
      throw new SojournError('ERR_SESSION_CAPABILITY', 'session.live: a sealed session travels with its client. Use a store to watch it.')
    }
    await this.load()
    if (!this.record) {
      throw new SojournError('ERR_SESSION_GONE', 'session.live: there is no session to watch. Look at session.principal or isNew before.')
    }
    const watch = (watched: SessionRecord): Live => context.live.watch(watched, (record) => void touchBeside(context, undefined, record))
    const { acting } = this.record.meta
    const own = acting && (await context.acting.own(acting))
    if (acting && !own) throw new SojournError('ERR_SESSION_GONE', "session.live: the actor's own session has ended.")
    const live = own ? liveWithOwn(watch(this.record), watch(own)) : watch(this.record)
    // Its `close` event is over, so nobody would stop watching.
    if (this.visitor.hasClientLeft) live.close()
    return live
  }

  // ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────

  get links(): LinkWriter | undefined {
    const { links } = this.#context.transport
    return links && { ...links, token: (options) => this.#linkToken(options) }
  }

  #linkToken(options: LinkOptions): string | undefined {
    if (this.operations.some(({ type }) => !this.record || type === 'login' || type === 'rotate')) {
      throw new SojournError(
        'ERR_SESSION_LINK_UNSAVED',
        'A new session, a login or a rotation is not saved yet, so its token is not known: await session.commit() before you write links.',
      )
    }
    if (!this.record) return this.isDown ? this.#presentedLink() : undefined
    if (!this.headers.isShielded) {
      this.visitor.exchange?.changed(this)
      this.headers.shield(true)
    }
    return this.#context.links!.issue({ id: this.record.id, ...this.record.meta.current }, options, this.#context.clock.now())
  }

  /**
   * While the store is down a page keeps the token it came with. With a link that has none, the session would be lost.
   */
  #presentedLink(): string | undefined {
    const { links, transport } = this.#context
    const token = transport.read(this.visitor)[0]?.token
    return token !== undefined && links!.read(token, this.visitor) ? token : undefined
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  changeNow(operation: Operation): void {
    this.recordChange(operation)
  }

  begin(principal: string): Promise<LoginAttempt> {
    return this.#context.revocation.begin(principal)
  }

  login(login: Operation & { type: 'login' }, attempt: LoginAttempt): void {
    // A login is never that of whoever acts, not even if it is for the same principal.
    if (this.acting || (this.principal !== null && this.principal !== login.principal)) this.end('logout')
    const finding = this.#context.devices?.find(this.visitor, login.principal)
    this.recordChange(finding ? { ...login, device: finding.status } : login)
    this.#device = finding
    this.#attempt = attempt
  }

  get device(): DeviceStatus | undefined {
    return this.#device?.status
  }

  async actAs(principal: string, options: ActOptions): Promise<void> {
    const context = this.#context
    if (context.sealed) throw new SojournError('ERR_SESSION_CAPABILITY', 'session.actAs: not with sealed sessions. Use a store.')
    await this.load()
    const { record } = this
    if (!record || record.principal === null || this.#login) {
      throw new SojournError('ERR_SESSION_ACTING', 'actAs: nobody is signed in. Sign in, and await session.commit(), first.')
    }
    if (record.meta.acting)
      throw new SojournError('ERR_SESSION_ACTING', 'actAs: this session acts for somebody already. Stop acting first.')
    if (record.principal === principal) throw new SojournError('ERR_SESSION_ACTING', 'actAs: this principal is signed in already.')
    const [login, attempt] = await context.acting.begin(record, principal, options)
    await this.#saveCurrent(record, this.operations)
    this.operations = []
    this.record = undefined
    this.#nextId = undefined
    this.forgetView()
    this.recordChange(login)
    this.#attempt = attempt
  }

  async stopActing(): Promise<void> {
    await this.load()
    const { acting } = this
    if (!acting) return
    if (this.record) await this.#saveCurrent(this.record, [])
    const own = await this.#context.acting.own(acting)
    if (!own) return this.end('revoked')
    this.recordEnding('logout')
    this.#attempt = undefined
    this.record = own
    this.#authGeneration = own.meta.authGeneration
    this.recordChange({ type: 'rotate' })
  }

  /**
   * Another session is about to follow, whose commit knows nothing of this one: so a request that was superseded, or
   * whose session has ended, must not come so far.
   */
  async #saveCurrent(base: SessionRecord, operations: readonly Operation[]): Promise<void> {
    const outcome = await this.#context.commits.write({ base, fresh: false, authGeneration: this.#authGeneration, operations })
    if (outcome.type === 'saved') return
    if (outcome.type === 'gone') throw new SojournError('ERR_SESSION_GONE', 'The session ended while the request ran.')
    throw new SojournError('ERR_SESSION_SUPERSEDED', 'The session was given a new token while the request ran.')
  }

  end(how: 'logout' | 'revoked'): void {
    // Also if another request has ended it: an application that asks for an end wants what follows to begin anew.
    this.endedMeanwhile = undefined
    this.#nextId = undefined
    // An original that was not adopted now, because of two planted cookies for example, may be adopted later. So a
    // logout ends it, too.
    if (!this.record && this.operations.length === 0 && !this.#adopting) return
    this.recordEnding(how)
    this.#attempt = undefined
    this.#adopting?.leave()
  }

  clearSiteData(): void {
    this.#clearsSiteData = this.endings.length > 0
  }

  // ── Saving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  protected isHousekeeping(operation: Operation): boolean {
    return isHousekeeping(operation)
  }

  protected settle(): Answer<void> {
    if (this.#adopting) return this.#adopting.giveUp(this.headers).then((done) => this.#settleEndings(done))
    if (this.endings.length > 0) return this.#settleEndings(true)
    return undefined
  }

  async #settleEndings(isGivenUp: boolean): Promise<void> {
    if (!isGivenUp) this.#keepAdoptionOpen()
    for (let ending = this.endings[0]; ending; ending = this.endings[0]) {
      const { acting } = ending.record.meta
      await this.#context.revocation.end(ending.record, ending.how)
      // Nobody holds a token of the actor's own session any more, unless acting has stopped and it goes on.
      if (acting && acting.session !== this.record?.id) {
        await this.#context.revocation.end({ id: acting.session, principal: acting.actor }, ending.how)
      }
      await this.#adopting?.endSiblings(ending.record)
      this.endings = this.endings.slice(1)
      const own: Channel = ending.record.principal === null ? 'anonymous' : 'signed-in'
      if (this.#clearsSiteData) this.headers.add(CLEAR_SITE_DATA)
      this.#clearsSiteData = false
      if (this.#context.sealed) continue
      for (const channel of new Set([own, ...this.#channels])) this.headers.add(this.#context.transport.clear(channel))
      this.#clearFormer()
    }
  }

  /** Runs again, because only now may it be known that there is an original to end. */
  protected override prepare(): Answer<void> {
    return this.#adopting?.giveUp(this.headers).then((done) => {
      if (!done) this.#keepAdoptionOpen()
    })
  }

  /** The record keeps its note until the original is ended. */
  #keepAdoptionOpen(): void {
    this.operations = this.operations.filter((operation) => !('key' in operation) || operation.key !== ADOPTED)
    this.forgetView()
  }

  protected save(
    operations: readonly Operation[],
    fresh: boolean,
    signal: AbortSignal | undefined,
    trace: CommitTrace | undefined,
  ): Answer<void> {
    const attempt = this.#attempt
    const saving = saveRecorded(this.#context, {
      request: this.visitor,
      record: this.record,
      fresh,
      authGeneration: this.#authGeneration,
      endedMeanwhile: this.endedMeanwhile,
      nextId: this.#nextId,
      adoptedFrom: this.#adopting?.system,
      operations,
      attempt,
      signal,
    })
    return whenThere(saving, (saved) => this.#takeOver(saved, attempt, trace))
  }

  #takeOver(saved: Saved, attempt: LoginAttempt | undefined, trace: CommitTrace | undefined): void {
    const { record, issued, error } = saved
    trace?.became(saved)
    this.record = record
    this.#authGeneration = saved.authGeneration
    this.endedMeanwhile = saved.endedMeanwhile
    if (this.#attempt === attempt) this.#attempt = undefined
    if (saved.isNew) {
      this.#nextId = undefined
      this.#adopting?.adopted()
    }
    if (record && issued && !this.#context.sealed) this.#sendToken(issued, record)
    if (record && issued?.channel === 'signed-in') this.#clearFormer()
    if (record && issued && this.#device && attempt) this.headers.add(this.#device.mark)
    if (error) throw error
  }

  #sendToken({ channel, token }: NonNullable<Saved['issued']>, { meta }: SessionRecord): void {
    const { transport, clock } = this.#context
    const sent = transport.send(channel, token, tokenMaxAge(meta, clock.now()))
    this.headers.add(sent)
    if (this.#context.sendsSecure) this.visitor.warnOfPlainHttp?.()
    // Only cookies need this: any other header holds one token, and the new one has replaced it.
    const replaces = channel === 'signed-in' && this.#channels.includes('anonymous') && sent[0] === 'Set-Cookie'
    if (replaces) this.headers.add(transport.clear('anonymous'))
  }

  #clearFormer(): void {
    this.headers.add(...(this.#context.transport.clearFormer?.(this.visitor) ?? []))
  }

  takeHeaders(): HeaderLine[] {
    const sealed = this.#context.sealed?.takeHeaders()
    return this.#headers || sealed?.length ? this.headers.take(sealed) : []
  }
}

const NO_CHANNELS: readonly Channel[] = []
