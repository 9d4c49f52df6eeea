/**
 * The handle: what a request handler holds. It records operations and hands itself to the commit.
 *
 * @module
 */
import { authenticate, touchBeside } from './authentication.ts'
import type { Standing, Visitor } from './authentication.ts'
import { createRecord } from './birth.ts'
import type { Context } from './context.ts'
import { SojournError } from './errors.ts'
import type { Exchange, Held } from './exchange.ts'
import { RESERVED, applyData, flashKey, isRoutine, readFlash } from './operations.ts'
import type { Operation } from './operations.ts'
import { tokenMaxAge } from './policy.ts'
import { randomText } from './random.ts'
import type { SessionRecord } from './record.ts'
import type { LoginAttempt } from './revocation.ts'
import type { Channel, HeaderLine } from './transport.ts'
import { deepFreeze, define } from './values.ts'
import type { EncodedValue } from './values.ts'

type Key<Data> = keyof Data & string
/** The keys whose value may be a number. */
type NumberKey<Data> = { [K in Key<Data>]: number extends Data[K] ? K : never }[Key<Data>]

/** How to sign somebody in. */
export interface LoginOptions {
  /**
   * `true`: "remember me", no idle timeout, the session lives until its absolute deadline. `false`: the client forgets the
   * token when it closes. Left out: both timeouts count.
   */
  readonly remember?: boolean
  /** Of the anonymous session's data, only these keys survive. Left out: all do. */
  readonly keep?: readonly string[]
  /** From `sessions.of(principal).begin()`, made before the password was checked. Left out: begun now. */
  readonly attempt?: LoginAttempt
}

/**
 * A session, as one request sees it.
 *
 * Opening it costs nothing; the first read loads the record; changes are recorded and saved together, before the first
 * byte of the response. Values are copies: change them with `set` or `update`, not in place (in development what a read
 * gives is frozen, so that a lost mutation throws).
 */
export class Session<Data extends object = Record<string, unknown>> implements Held {
  readonly #context: Context
  readonly #visitor: Visitor & { exchange: Exchange | undefined }
  #accessed = false
  #standing: Standing | undefined
  #loading: Promise<Standing> | undefined
  #record: SessionRecord | undefined
  #authGeneration = 0
  /** The id of the session that ended under this request: what it writes from now on is dropped. */
  #dead: string | undefined
  #operations: Operation[] = []
  #endings: { readonly record: SessionRecord; readonly how: 'logout' | 'revoked' }[] = []
  #attempt: LoginAttempt | undefined
  /** The record's values with the recorded operations applied, and how many of those are in it. */
  #view: Map<string, EncodedValue> | undefined
  #viewed = 0
  #committing: Promise<void> | undefined
  #headers: HeaderLine[] = []

  /** Made by `sessions.open`. */
  constructor(context: Context, visitor: Visitor & { exchange: Exchange | undefined }) {
    this.#context = context
    this.#visitor = visitor
  }

  /** For adapters: joins a handle that was opened before the adapter saw the request to its exchange. */
  join(exchange: Exchange): void {
    if (this.#visitor.exchange) return
    this.#visitor.exchange = exchange
    if (this.#accessed) exchange.accessed(this.#context.transport.vary)
    if (this.#operations.length + this.#endings.length > 0) exchange.changed(this)
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The value of a key, with this request's own changes; the schema's default or `undefined` if there is none. */
  async get<K extends Key<Data>>(key: K): Promise<Data[K]> {
    checkKey(key)
    await this.#load()
    return this.#read(this.#values(), key) as Data[K]
  }

  /** Whether a value is stored under a key. */
  async has(key: Key<Data>): Promise<boolean> {
    checkKey(key)
    await this.#load()
    return this.#values().has(key)
  }

  /**
   * Reads the record, once: afterwards the properties can be read. Never creates one.
   *
   * @throws ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT
   */
  async load(): Promise<this> {
    await this.#load()
    return this
  }

  /** After `load()`: a read-only snapshot of all values, for templates. */
  get data(): Readonly<Partial<Data>> {
    this.#loaded('data')
    const snapshot: Record<string, unknown> = {}
    const values = this.#values()
    for (const key of new Set([...this.#context.rules.defaultKeys(), ...values.keys()])) {
      if (key.startsWith(RESERVED)) continue
      const value = this.#read(values, key)
      if (value !== undefined || values.has(key)) define(snapshot, key, value)
    }
    return deepFreeze(snapshot) as Readonly<Partial<Data>>
  }

  /** After `load()`: the public name of the record, fit for logs and lists; `undefined` while nothing is stored. */
  get id(): string | undefined {
    this.#loaded('id')
    return this.#record?.id
  }

  /** After `load()`: who is signed in, or `null`. */
  get principal(): string | null {
    this.#loaded('principal')
    for (let i = this.#operations.length - 1; i >= 0; i--) {
      const operation = this.#operations[i]!
      if (operation.type === 'login') return operation.principal
    }
    return this.#record?.principal ?? null
  }

  /** After `load()`: whether nothing is stored for this visitor yet. */
  get isNew(): boolean {
    this.#loaded('isNew')
    return this.#record === undefined
  }

  /** After `load()`: when the session ends if nobody comes, epoch milliseconds. */
  get expiresAt(): number | undefined {
    this.#loaded('expiresAt')
    return this.#record?.expiresAt
  }

  /** After `load()`: when the session ends whatever happens, epoch milliseconds. */
  get absoluteExpiresAt(): number | undefined {
    this.#loaded('absoluteExpiresAt')
    return this.#record?.meta.absoluteAt
  }

  /** After `load()`: when the principal last proved who they are, epoch milliseconds; `undefined` if nobody is signed in. */
  get authenticatedAt(): number | undefined {
    this.#loaded('authenticatedAt')
    return this.#record?.meta.authTime || undefined
  }

  // ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Stores a value. JSON, and Date, Map, Set, bigint, undefined and Uint8Array, come back as they were.
   *
   * @throws ERR_SESSION_KEY, ERR_SESSION_VALUE_TYPE, ERR_SESSION_VALUE_SIZE, ERR_SESSION_SCHEMA, ERR_SESSION_HEADERS_SENT, ERR_SESSION_COMMITTED
   */
  set<K extends Key<Data>>(key: K, value: Data[K]): void {
    checkKey(key)
    this.#recordOperation({ type: 'set', key, value: this.#context.rules.encode(key, value) })
  }

  /** Removes a value. */
  delete(key: Key<Data>): void {
    checkKey(key)
    this.#recordOperation({ type: 'delete', key })
  }

  /**
   * Adds to a number, exactly, however many requests do so at once. A missing one counts as 0.
   *
   * @throws ERR_SESSION_VALUE_TYPE if `by` is not a finite number. At commit: ERR_SESSION_NOT_A_NUMBER
   */
  increment(key: NumberKey<Data>, by = 1): void {
    checkKey(key)
    if (!Number.isFinite(by))
      throw new SojournError('ERR_SESSION_VALUE_TYPE', `increment(${JSON.stringify(key)}, …): the amount is not a finite number.`)
    this.#recordOperation({ type: 'increment', key, by })
  }

  /**
   * Makes the new value from the newest stored one. `fn` may run several times (after a conflict, and for a read that
   * follows), so it must have no side effects and must not be async. What it throws is thrown by the commit.
   */
  update<K extends Key<Data>>(key: K, fn: (value: Data[K]) => Data[K]): void {
    checkKey(key)
    this.#recordOperation({ type: 'update', key, fn: fn as (value: unknown) => unknown })
  }

  /** Leaves a message for a later request, until it is taken. */
  flash(type: string, message: string): void {
    this.#recordOperation({ type: 'flash', key: flashKey(type), id: randomText(6), message })
  }

  /** Takes the messages of a type, oldest first. Without any it changes nothing. */
  async takeFlash(type: string): Promise<string[]> {
    await this.#load()
    const key = flashKey(type)
    const messages = readFlash(this.#values(), key)
    if (messages.length > 0) this.#recordOperation({ type: 'takeFlash', key, ids: messages.map(([id]) => id) })
    return messages.map(([, message]) => message)
  }

  // ── The life of the session ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Signs somebody in: a new token, and all older ones of this session are worth nothing (fixation; ASVS 5.0 7.2.4).
   * Data of the anonymous session stays; if somebody else was signed in, their session ends and a new one begins.
   *
   * @throws ERR_SESSION_PRINCIPAL. At commit: ERR_SESSION_LOGIN_REVOKED
   */
  async login(principal: string, options: LoginOptions = {}): Promise<void> {
    checkPrincipal(principal)
    const { attempt, remember, keep } = options
    if (attempt && attempt.principal !== principal) {
      throw new SojournError('ERR_SESSION_PRINCIPAL', 'login: the attempt was begun for another principal.')
    }
    const begun = attempt ?? (await this.#context.revocation.begin(principal))
    await this.#load()
    if (this.principal !== null && this.principal !== principal) this.#end('logout')
    const persistence = remember === undefined ? 'normal' : remember ? 'remember' : 'session'
    this.#recordOperation({ type: 'login', principal, persistence, keep })
    this.#attempt = begun
  }

  /** Ends the session at the user's word. What is set afterwards begins a new, anonymous one. */
  async logout(): Promise<void> {
    await this.#load()
    this.#end('logout')
  }

  /** Ends the session at the application's word: as `logout`, but reported as `revoked`. */
  async destroy(): Promise<void> {
    await this.#load()
    this.#end('revoked')
  }

  /**
   * A new token without grace, for changes of privilege (ASVS 5.0 7.2.4): older tokens, and requests that were
   * authenticated by one, no longer write. Does nothing while nothing is stored.
   */
  async rotate(): Promise<void> {
    await this.#load()
    if (this.#record) this.#recordOperation({ type: 'rotate' })
  }

  /**
   * Saves what was recorded. Adapters do this before the first byte; call it yourself in sockets and jobs.
   *
   * @param options.signal withdraws the commit while it waits (ERR_SESSION_NOT_SAVED), or stops waiting for it (ERR_SESSION_OUTCOME_UNKNOWN)
   * @throws ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT, ERR_SESSION_CONFLICT, ERR_SESSION_SUPERSEDED, ERR_SESSION_GONE,
   *   ERR_SESSION_OUTCOME_UNKNOWN, ERR_SESSION_LOGIN_REVOKED, and what `update(fn)` throws
   */
  commit(options: { signal?: AbortSignal } = {}): Promise<void> {
    const before = this.#committing
    const run = before ? before.then(() => this.#commit(options.signal)) : this.#commit(options.signal)
    const settled = run.then(
      () => undefined,
      () => undefined,
    )
    this.#committing = settled
    return run
  }

  /** The headers owed to the client since the last call. Adapters add them; without one, add them to your response. */
  takeHeaders(): HeaderLine[] {
    const headers = this.#headers
    this.#headers = []
    return headers
  }

  // ── Within ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #load(): Promise<Standing> {
    if (this.#standing) return this.#standing
    this.#access()
    try {
      return await (this.#loading ??= authenticate(this.#context, this.#visitor, this.#operations.length === 0).then((standing) =>
        this.#stand(standing),
      ))
    } catch (error) {
      this.#loading = undefined
      throw error
    }
  }

  #stand(standing: Standing): Standing {
    this.#standing = standing
    this.#record = standing.record
    this.#authGeneration = standing.record?.meta.authGeneration ?? 0
    this.#dead = standing.endedMeanwhile
    if (standing.routine) this.#recordRoutine(standing.routine)
    return standing
  }

  #access(): void {
    if (this.#accessed) return
    this.#accessed = true
    this.#visitor.exchange?.accessed(this.#context.transport.vary)
  }

  #loaded(property: string): void {
    if (this.#standing) return
    throw new SojournError(
      'ERR_SESSION_NOT_LOADED',
      `session.${property} is known only after the record was read: await session.load() first.`,
    )
  }

  #recordOperation(operation: Operation): void {
    this.#access()
    this.#visitor.exchange?.changed(this)
    this.#operations.push(operation)
  }

  /** Nobody asked for it: if the headers are out, it waits for the next request. */
  #recordRoutine(operation: Operation): void {
    try {
      this.#visitor.exchange?.changed(this)
    } catch {
      return
    }
    this.#operations.unshift(operation)
  }

  #end(how: 'logout' | 'revoked'): void {
    if (!this.#record && this.#operations.length === 0) return
    this.#access()
    this.#visitor.exchange?.changed(this)
    if (this.#record) this.#endings.push({ record: this.#record, how })
    this.#record = undefined
    this.#dead = undefined
    this.#operations = []
    this.#attempt = undefined
    this.#forgetView()
  }

  #values(): ReadonlyMap<string, EncodedValue> {
    if (this.#operations.length === this.#viewed) return this.#view ?? this.#record?.values ?? NO_VALUES
    const view = (this.#view ??= new Map(this.#record?.values))
    for (const operation of this.#operations.slice(this.#viewed)) {
      if (operation.type === 'login') dropUnkept(view, this.#record, operation.keep)
      else if ('key' in operation) applyData(view, operation, this.#context.rules)
      this.#viewed++
    }
    return view
  }

  #forgetView(): void {
    this.#view = undefined
    this.#viewed = 0
  }

  #read(values: ReadonlyMap<string, EncodedValue>, key: string): unknown {
    const { rules, events, freeze } = this.#context
    const stored = values.get(key)
    if (stored) {
      const reading = rules.decode(key, stored)
      if (reading.fits) return freeze ? deepFreeze(reading.value) : reading.value
      events.emit('unreadable', { id: this.#record?.id, key })
    }
    return rules.default(key)
  }

  async #commit(signal: AbortSignal | undefined): Promise<void> {
    await this.#commitEndings()
    if (this.#operations.length === 0) return
    const fresh = this.#standing === undefined
    await this.#load()
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

  async #commitEndings(): Promise<void> {
    for (let ending = this.#endings[0]; ending; ending = this.#endings[0]) {
      await this.#context.revocation.end(ending.record, ending.how)
      this.#endings.shift()
      const own: Channel = ending.record.principal === null ? 'anonymous' : 'signed-in'
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
    const born = await createRecord(this.#context, operations, this.#visitor)
    if (!born) return
    this.#record = born.record
    this.#authGeneration = born.record.meta.authGeneration
    this.#dead = undefined
    this.#context.events.emit('created', { id: born.record.id, principal: born.record.principal })
    await this.#saved(operations, born.issued, undefined)
  }

  /** The record is stored: confirm a login, and only then owe the client its token. */
  async #saved(
    operations: readonly Operation[],
    issued: { channel: Channel; token: string } | undefined,
    before: SessionRecord | undefined,
  ): Promise<void> {
    const { events, revocation, transport, clock } = this.#context
    const { id, principal, meta } = this.#record!
    if (operations.some(({ type }) => type === 'login') && principal !== null) {
      const attempt = this.#attempt!
      this.#attempt = undefined
      try {
        await revocation.confirm(attempt, id)
      } catch (error) {
        this.#record = undefined
        this.#dead = id
        throw error
      }
      events.emit('login', { id, principal, address: this.#visitor.address, userAgent: this.#visitor.userAgent })
    } else if (issued && before) {
      events.emit('rotated', { id, principal, routine: operations.every((operation) => operation.type !== 'rotate') })
    }
    if (!issued) return
    this.#headers.push(transport.send(issued.channel, issued.token, tokenMaxAge(meta, clock.now())))
    const signedInFromAnonymous = issued.channel === 'signed-in' && this.#standing?.channels.includes('anonymous')
    if (signedInFromAnonymous) this.#headers.push(transport.clear('anonymous'))
  }

  #drop(operations: readonly Operation[], id: string): void {
    if (!operations.every(isRoutine)) this.#context.events.emit('dropped', { id, operations: operations.length })
  }
}

const NO_VALUES: ReadonlyMap<string, EncodedValue> = new Map()

function dropUnkept(view: Map<string, EncodedValue>, record: SessionRecord | undefined, keep: readonly string[] | undefined): void {
  if (!keep || (record?.principal ?? null) !== null) return
  for (const key of view.keys()) if (!key.startsWith(RESERVED) && !keep.includes(key)) view.delete(key)
}

function isRepeatable(error: unknown): boolean {
  return error instanceof SojournError && ['ERR_SESSION_NOT_SAVED', 'ERR_SESSION_STORE', 'ERR_SESSION_CONFLICT'].includes(error.code)
}

function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && !key.startsWith(RESERVED)) return
  throw new SojournError('ERR_SESSION_KEY', 'A key of the session data must be a string that does not begin with U+0000.')
}

export function checkPrincipal(principal: unknown): asserts principal is string {
  // Several databases cannot hold U+0000 in a text, or end it there: two principals would become one.
  if (typeof principal === 'string' && principal !== '' && !principal.includes('\u0000')) return
  throw new SojournError('ERR_SESSION_PRINCIPAL', 'A principal must be a non-empty string without U+0000, such as the id of the user.')
}
