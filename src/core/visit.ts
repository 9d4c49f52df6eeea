/**
 * One request in its session: what it found, what it recorded, what it owes the client. The handle of `session.ts` is its
 * typed face.
 *
 * @module
 */
import type { Adoption, Adoptions } from './adopt.ts'
import { authenticate, touchBeside } from './authentication.ts'
import type { Standing, Visitor } from './authentication.ts'
import { createRecord } from './birth.ts'
import { NO_REFERRER } from './http/caching.ts'
import { keepWithin } from './concurrency.ts'
import type { Context } from './context.ts'
import { Csrf } from './http/csrf.ts'
import { SojournError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { LinkOptions } from './links/link.ts'
import type { OnStoreDown } from './options.ts'
import { ADOPTED, applyData, flashKey, isRoutine, readFlash, survives } from './operations.ts'
import type { Flash, Operation } from './operations.ts'
import { tokenMaxAge } from './policy.ts'
import type { SessionRecord } from './record.ts'
import type { Live } from './live.ts'
import type { LoginAttempt } from './revocation.ts'
import type { DataRules } from './schema.ts'
import type { LinkWriter, SessionVisit } from './session-visit.ts'
import { isUnconfirmed } from './rotation.ts'
import { isStoreFailure } from './store-calls.ts'
import { newSessionId } from './token.ts'
import type { Channel, HeaderLine } from './transport.ts'
import { deepFreeze } from './values.ts'
import type { EncodedValue } from './values.ts'

/** A visitor whose exchange may become known later. */
export type Visiting = Visitor & { exchange: Exchange | undefined }

export class Visit implements SessionVisit {
  readonly #context: Context
  readonly #visitor: Visiting
  #accessed = false
  #standing: Standing | undefined
  #loading: Promise<Standing> | undefined
  /** Why the store could not be read, where the application reads on without a session. */
  #down: unknown
  #record: SessionRecord | undefined
  #authGeneration = 0
  /** The id of the session that ended under this request: what it writes from now on is dropped. */
  #dead: string | undefined
  /** The id that the next record gets, if the application was told. */
  #announcedId: string | undefined
  #operations: Operation[] = []
  #endings: { readonly record: SessionRecord; readonly how: 'logout' | 'revoked' }[] = []
  #attempt: LoginAttempt | undefined
  /** The record's values with the recorded operations applied, and how many of those are in it. */
  #view: Map<string, EncodedValue> | undefined
  #viewed = 0
  /** Another system's session that this one was made from, and is to be given up. */
  #givesUp: Adoption | undefined
  /** The session ended: no other system's session that the request carries may begin another. */
  #leaves = false
  /** Another system's session that this request makes one from. */
  #adopts: Adoption | undefined
  #committing: Promise<void> | undefined
  #headers: HeaderLine[] = []
  #clearsSiteData = false
  /** Owed as long as nothing newer is. */
  #renewed: HeaderLine | undefined
  /** What a response is owed that may hold tokens in its body or its address. */
  #shield: 'none' | 'owed' | 'given' = 'none'

  constructor(context: Context, visitor: Visiting) {
    this.#context = context
    this.#visitor = visitor
    this.#shieldResponse()
  }

  /** Joins a request that was opened before its adapter saw it to the adapter's exchange. */
  join(exchange: Exchange): void {
    if (this.#visitor.exchange) return
    this.#visitor.exchange = exchange
    if (this.#accessed) exchange.accessed(this.#context.transport.vary)
    if (this.isChanged) exchange.changed(this)
    else this.#shieldResponse()
  }

  /** Untouched ones too: the address of such a page may hold a token, whatever the page does with it. */
  #shieldResponse(): void {
    if (this.#context.links) this.#shield = this.#mayStillChange() ? 'owed' : 'none'
  }

  get rules(): DataRules {
    return this.#context.rules
  }

  /** The record as it was read or last saved. */
  get record(): SessionRecord | undefined {
    return this.#record
  }

  /** Whether something waits for the commit. */
  get isChanged(): boolean {
    return this.#operations.length + this.#endings.length > 0
  }

  /** The id of the record, or of the one that is stored next. */
  get nextId(): string {
    return this.#record?.id ?? (this.#announcedId ??= newSessionId())
  }

  /** Who is signed in, or will be once this is committed. */
  get principal(): string | null {
    return this.#login?.principal ?? this.#record?.principal ?? null
  }

  get csrf(): Csrf {
    return new Csrf(this.#context.csrf, this)
  }

  /** What the login says of the credentials, as `principal` does. */
  get stamp(): string | undefined {
    return this.#login ? this.#login.stamp : this.#record?.meta.stamp
  }

  get #login(): (Operation & { type: 'login' }) | undefined {
    return this.#operations.findLast((operation) => operation.type === 'login')
  }

  /** While the store is down a page keeps the token it came with: with a link that has none the session would be lost. */
  #presentedLink(): string | undefined {
    const { links, transport } = this.#context
    const token = transport.read(this.#visitor)[0]?.token
    return token !== undefined && links!.read(token, this.#visitor) ? token : undefined
  }

  /** Reads the record, once. */
  load(): Promise<Standing> {
    this.#access()
    return this.peek()
  }

  /** Reads the record, once, before anybody asks for it: the response does not depend on it yet. */
  async peek(): Promise<Standing> {
    if (this.#standing) return this.#standing
    try {
      return await (this.#loading ??= authenticate(this.#context, this.#visitor, this.#operations.length === 0).then((standing) =>
        this.#stand(standing),
      ))
    } catch (error) {
      this.#loading = undefined
      throw error
    }
  }

  /**
   * For reads: while the store is down there may be nothing to read. It stays so for this request, or what it decides by one read would
   * not fit what it sees at the next.
   */
  async read(onStoreDown: OnStoreDown = this.#context.onStoreDown): Promise<void> {
    if (this.#down !== undefined) return
    try {
      await this.load()
    } catch (error) {
      if (onStoreDown === 'fail' || !isStoreFailure(error)) throw error
      this.#down = error
    }
  }

  #stand(standing: Standing): Standing | Promise<Standing> {
    this.#record = standing.record
    this.#authGeneration = standing.record?.meta.authGeneration ?? 0
    this.#dead = standing.endedMeanwhile
    if (standing.routine) this.#recordRoutine(standing.routine)
    if (standing.renewed) this.#renew(standing.renewed, standing.record!)
    const { adoptions } = this.#context
    return adoptions ? this.#adopt(adoptions, standing) : (this.#standing = standing)
  }

  /** Called while it is loaded, so possibly from a commit, when the response is held already. */
  async #adopt(adoptions: Adoptions, standing: Standing): Promise<Standing> {
    const { record, endedMeanwhile } = standing
    const mayStillChange = (): boolean => this.#operations.length > 0 || this.#mayStillChange()
    if (record) {
      const unfinished = adoptions.unfinished(record)
      if (unfinished && mayStillChange()) {
        this.#givesUp = unfinished
        this.#operations.unshift({ type: 'delete', key: ADOPTED })
      }
    } else if (endedMeanwhile === undefined) {
      const beginning = await adoptions.begin(this.#visitor)
      // Without a response to send our token with, nothing is adopted: the next request will.
      if (beginning && mayStillChange()) {
        this.#adopts = beginning.adoption
        this.#operations.unshift(...beginning.operations)
        this.#attempt = beginning.attempt
      }
    }
    this.#forgetView()
    return (this.#standing = standing)
  }

  #renew({ channel, token }: NonNullable<Standing['renewed']>, { meta }: SessionRecord): void {
    const { transport, clock } = this.#context
    if (this.#mayStillChange()) this.#renewed = transport.send(channel, token, tokenMaxAge(meta, clock.now()))
  }

  #access(): void {
    if (this.#accessed) return
    this.#accessed = true
    this.#visitor.exchange?.accessed(this.#context.transport.vary)
  }

  get links(): LinkWriter | undefined {
    const { links } = this.#context.transport
    return links && { ...links, token: (options) => this.#linkToken(options) }
  }

  #linkToken(options: LinkOptions): string | undefined {
    if (this.#operations.some(({ type }) => !this.#record || type === 'login' || type === 'rotate')) {
      throw new SojournError(
        'ERR_SESSION_LINK_UNSAVED',
        'A new session, a login or a rotation is not saved yet, so its token is not known: await session.commit() before you write links.',
      )
    }
    if (!this.#record) return this.#down === undefined ? undefined : this.#presentedLink()
    if (this.#shield === 'none') {
      this.#visitor.exchange?.changed(this)
      this.#shield = 'owed'
    }
    return this.#context.links!.issue(this.#record, options, this.#context.clock.now())
  }

  /** @throws ERR_SESSION_NOT_LOADED */
  requireLoaded(property: string): void {
    if (!this.#standing && this.#down === undefined) throw notLoaded(property)
    this.#access()
  }

  /** Records a change, to be applied at commit. */
  change(operation: Operation): void {
    this.#access()
    this.#visitor.exchange?.changed(this)
    this.#operations.push(operation)
  }

  /** Nobody asked for it: if the headers are out, it waits for the next request. */
  #recordRoutine(operation: Operation): void {
    if (this.#mayStillChange()) this.#operations.unshift(operation)
  }

  #mayStillChange(): boolean {
    try {
      this.#visitor.exchange?.changed(this)
      return true
    } catch {
      return false
    }
  }

  /** Ends the session at commit; what is recorded afterwards begins another. */
  end(how: 'logout' | 'revoked'): void {
    // Also if another request has ended it: whoever asks for an end wants what follows to begin anew.
    this.#dead = undefined
    this.#announcedId = undefined
    // What is not adopted now may be later, of two planted cookies for example: a logout spends those, too.
    if (!this.#record && this.#operations.length === 0 && !this.#context.adoptions) return
    this.#access()
    this.#visitor.exchange?.changed(this)
    if (this.#record) this.#endings.push({ record: this.#record, how })
    this.#leaves = true
    this.#adopts = undefined
    this.#record = undefined
    this.#operations = []
    this.#attempt = undefined
    this.#forgetView()
  }

  /** After the ending is committed; without one there is nothing to clear. */
  clearSiteData(): void {
    this.#clearsSiteData = this.#endings.length > 0
  }

  begin(principal: string): Promise<LoginAttempt> {
    return this.#context.revocation.begin(principal)
  }

  /** Signs somebody in at commit; ends the session of whoever was signed in before. */
  login(login: Operation & { type: 'login' }, attempt: LoginAttempt): void {
    if (this.principal !== null && this.principal !== login.principal) this.end('logout')
    this.change(login)
    this.#attempt = attempt
  }

  /** The values with this request's own changes. */
  values(): ReadonlyMap<string, EncodedValue> {
    if (this.#operations.length === this.#viewed) return this.#view ?? this.#record?.values ?? NO_VALUES
    const view = (this.#view ??= new Map(this.#record?.values))
    for (const operation of this.#operations.slice(this.#viewed)) {
      if (operation.type === 'login') dropUnkept(view, this.#record, operation.keep)
      else if ('key' in operation) applyData(view, operation, this.#context.rules)
      this.#viewed++
    }
    return view
  }

  flashes(type: string): readonly Flash[] {
    return readFlash(this.values(), flashKey(type))
  }

  #forgetView(): void {
    this.#view = undefined
    this.#viewed = 0
  }

  /** One of the values, decoded; the schema's default where there is none that fits. */
  valueOf(values: ReadonlyMap<string, EncodedValue>, key: string): unknown {
    return readValue(this.#context, this.#record?.id, values, key)
  }

  async live(): Promise<Live> {
    const context = this.#context
    if (context.sealed) {
      throw new SojournError('ERR_SESSION_CAPABILITY', 'session.live: a sealed session travels with its client. Use a store to watch it.')
    }
    await this.load()
    if (!this.#record) {
      throw new SojournError('ERR_SESSION_GONE', 'session.live: there is no session to watch. Look at session.principal or isNew before.')
    }
    return context.live.watch(this.#record, (record) => touchBeside(context, record))
  }

  /** Commits of one request follow each other. */
  commit(signal?: AbortSignal): Promise<void> {
    const before = this.#committing
    const run = before ? before.then(() => this.#commit(signal)) : this.#commit(signal)
    this.#committing = run.then(
      () => undefined,
      () => undefined,
    )
    return run
  }

  takeHeaders(): HeaderLine[] {
    const owed = this.#renewed && this.#headers.length === 0 ? [this.#renewed] : this.#headers
    const headers = this.#shield === 'owed' ? [...owed, NO_REFERRER] : owed
    this.#headers = []
    this.#renewed = undefined
    if (this.#shield === 'owed') this.#shield = 'given'
    return newestOfEach(this.#context.sealed ? [...headers, ...this.#context.sealed.takeHeaders()] : headers)
  }

  async #commit(signal: AbortSignal | undefined): Promise<void> {
    await this.#giveUp()
    await this.#commitEndings()
    if (this.#operations.length === 0) return
    if (this.#down !== undefined) {
      const message = 'The store was down when this request read its session. What the request changed was not saved.'
      throw new SojournError('ERR_SESSION_STORE', message, { cause: this.#down })
    }
    const fresh = this.#standing === undefined
    await this.load()
    // Only now may it be known that there is another session to give up.
    await this.#giveUp()
    const operations = this.#operations
    this.#operations = []
    this.#forgetView()
    try {
      await this.#save(operations, fresh, signal)
    } catch (error) {
      if (operations.every(isRoutine)) return
      if (isRepeatable(error)) this.#operations = [...operations, ...this.#operations]
      throw error
    } finally {
      this.#forgetView()
    }
  }

  async #giveUp(): Promise<void> {
    const { adoptions } = this.#context
    if (!adoptions) return
    if (this.#leaves) this.#headers.push(...(await adoptions.leave(this.#visitor)))
    this.#leaves = false
    if (!this.#givesUp) return
    try {
      this.#headers.push(...(await adoptions.finish(this.#visitor, this.#givesUp)))
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      // A later request will; until then the record says so.
      this.#operations = this.#operations.filter((operation) => !('key' in operation) || operation.key !== ADOPTED)
      this.#forgetView()
    }
    this.#givesUp = undefined
  }

  async #commitEndings(): Promise<void> {
    for (let ending = this.#endings[0]; ending; ending = this.#endings[0]) {
      await this.#context.revocation.end(ending.record, ending.how)
      this.#endings.shift()
      const own: Channel = ending.record.principal === null ? 'anonymous' : 'signed-in'
      if (this.#clearsSiteData) this.#headers.push(CLEAR_SITE_DATA)
      this.#clearsSiteData = false
      for (const channel of new Set([own, ...(this.#standing?.channels ?? [])])) this.#headers.push(this.#context.transport.clear(channel))
    }
  }

  async #save(operations: readonly Operation[], fresh: boolean, signal: AbortSignal | undefined): Promise<void> {
    const signsIn = operations.some(({ type }) => type === 'login')
    if (!this.#record) {
      if (this.#dead !== undefined && !signsIn) return this.#drop(operations, this.#dead)
      return this.#create(operations)
    }
    const id = this.#record.id
    const contribution = { base: this.#record, fresh, authGeneration: this.#authGeneration, operations, signal }
    const outcome = await this.#context.commits.write(contribution)
    if (outcome.type === 'saved') {
      const before = this.#record
      // Nothing was different after all, so nothing was written, and the deadline still wants its touch.
      if (outcome.record.version === before.version) touchBeside(this.#context, before)
      this.#record = outcome.record
      this.#authGeneration = outcome.authGeneration
      return this.#saved(operations, outcome.issued, before)
    }
    // A login proved who it is: it does not fail because another request ended or replaced what it found.
    if (signsIn) return this.#create(operations)
    if (outcome.type === 'superseded') {
      throw new SojournError(
        'ERR_SESSION_SUPERSEDED',
        'This session was given a new token by a login while the request ran; nothing of the request was saved.',
      )
    }
    this.#record = undefined
    this.#dead = id
    if (operations.some(({ type }) => type === 'rotate')) {
      throw new SojournError('ERR_SESSION_GONE', 'The session ended while the request ran; it cannot be given a new token.')
    }
    this.#drop(operations, id)
  }

  async #create(operations: readonly Operation[]): Promise<void> {
    const born = await createRecord(this.#context, operations, this.#visitor, this.#announcedId)
    if (!born) return
    this.#announcedId = undefined
    this.#record = born.record
    this.#authGeneration = born.record.meta.authGeneration
    this.#dead = undefined
    this.#context.events.emit('created', { id: born.record.id, principal: born.record.principal })
    if (this.#adopts)
      this.#context.events.emit('adopted', { id: born.record.id, principal: born.record.principal, system: this.#adopts.system })
    this.#adopts = undefined
    await this.#saved(operations, born.issued, undefined)
  }

  /** The record is stored: confirm a login, and only then owe the client its token. */
  async #saved(
    operations: readonly Operation[],
    issued: { channel: Channel; token: string } | undefined,
    before: SessionRecord | undefined,
  ): Promise<void> {
    const { events, revocation, transport, clock, sessionLimit } = this.#context
    const { id, principal, meta } = this.#record!
    if (operations.some(({ type }) => type === 'login') && principal !== null) {
      const attempt = this.#attempt!
      this.#attempt = undefined
      try {
        await revocation.confirm(attempt, id)
        const isNew = (before?.principal ?? null) === null
        if (isNew && sessionLimit) await keepWithin(sessionLimit, revocation, this.#record!)
      } catch (error) {
        this.#record = undefined
        this.#dead = id
        throw error
      }
      const again = before?.principal === principal
      events.emit('login', { id, principal, again, address: this.#visitor.address, userAgent: this.#visitor.userAgent })
    } else if (issued && before) {
      events.emit('rotated', { id, principal, routine: operations.every(({ type }) => type !== 'rotate' && type !== 'lifetime') })
      const { address, userAgent } = this.#visitor
      if (isUnconfirmed(meta)) events.emit('unconfirmed', { id, principal, address, userAgent, knownAddress: meta.address })
    }
    if (before && before.meta.authGeneration !== meta.authGeneration) void this.#context.live.announce(id)
    if (operations.some(({ type }) => type === 'reseal')) events.emit('touched', { id, principal, expiresAt: this.#record!.expiresAt })
    if (!issued) return
    const sent = transport.send(issued.channel, issued.token, tokenMaxAge(meta, clock.now()))
    this.#headers.push(sent)
    const signedInFromAnonymous = issued.channel === 'signed-in' && this.#standing?.channels.includes('anonymous')
    // Any other header holds one token, and this one has taken the place of the other.
    if (signedInFromAnonymous && sent[0] === 'Set-Cookie') this.#headers.push(transport.clear('anonymous'))
  }

  #drop(operations: readonly Operation[], id: string): void {
    if (!operations.every(isRoutine)) this.#context.events.emit('dropped', { id, operations: operations.length })
  }
}

/** Not `"cookies"`: that would take those of the whole domain, and the new session's too. */
export const CLEAR_SITE_DATA: HeaderLine = ['Clear-Site-Data', '"cache", "storage"']

const NO_VALUES: ReadonlyMap<string, EncodedValue> = new Map()

function dropUnkept(view: Map<string, EncodedValue>, record: SessionRecord | undefined, keep: readonly string[] | undefined): void {
  if (!keep || (record?.principal ?? null) !== null) return
  for (const key of view.keys()) if (!survives(key, keep)) view.delete(key)
}

/** Of headers that replace each other, where both channels share one, what was said last. */
function newestOfEach(lines: HeaderLine[]): HeaderLine[] {
  return lines.filter(([name], i) => name === 'Set-Cookie' || !lines.slice(i + 1).some(([later]) => later === name))
}

/** Whether nothing was saved, and saving again is safe. */
export function isRepeatable(error: unknown): boolean {
  return error instanceof SojournError && ['ERR_SESSION_NOT_SAVED', 'ERR_SESSION_STORE', 'ERR_SESSION_CONFLICT'].includes(error.code)
}

export function notLoaded(property: string): SojournError {
  return new SojournError(
    'ERR_SESSION_NOT_LOADED',
    `session.${property} is known only after the record was read: await session.load() first.`,
  )
}

/** One of the values, decoded; the schema's default where there is none that fits. */
export function readValue(
  { rules, events, freeze }: Pick<Context, 'rules' | 'events' | 'freeze'>,
  id: string | undefined,
  values: ReadonlyMap<string, EncodedValue>,
  key: string,
): unknown {
  const stored = values.get(key)
  if (stored) {
    const reading = rules.decode(key, stored)
    if (reading.fits) return freeze ? deepFreeze(reading.value) : reading.value
    events.emit('unreadable', { id, key })
  }
  return rules.default(key)
}
