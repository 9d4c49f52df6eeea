import { optionError } from './basics/errors.ts'
import { refuseAssignments } from './assignments.ts'
import { checkPrincipal } from './basics/principal.ts'
import { DeviceMarks } from './request/device-mark.ts'
import { ActingService } from './features/acting.ts'
import { AdoptionService } from './features/adopt.ts'
import type { RequestInfo } from './request/find-session.ts'
import { Commits } from './storage/commit.ts'
import type { CommitContext } from './storage/commit.ts'
import type { Context } from './request/context.ts'
import { authenticatedBodies, encryptedBodies, readingBoth } from './crypto/body-protection.ts'
import { RecentlyEnded } from './storage/recently-ended.ts'
import { Events } from './basics/events.ts'
import { Marks } from './basics/marks.ts'
import { exposeSource } from './basics/tracing.ts'
import { freezesAfterResponse } from './basics/platform.ts'
import type { EventName, Listener } from './basics/events.ts'
import type { Exchange } from './contracts/exchange.ts'
import { exposeInternals } from './internals.ts'
import { handleFetch } from './fetch.ts'
import type { HandleOptions } from './fetch.ts'
import { LinkCodec } from './token/link-token.ts'
import { LiveSessions } from './features/live.ts'
import type { CoreOptions, Settings } from './options.ts'
import { PrincipalSessions } from './principal-sessions.ts'
import type { SessionRecord } from './record/record.ts'
import { checkInterval } from './record/policy.ts'
import { RecordCodec } from './record/record-codec.ts'
import { openOnce } from './open-once.ts'
import { SessionRequest } from './request/session-request.ts'
import type { AddressOf } from './request/session-request.ts'
import { useOnce } from './storage/ready.ts'
import { Revocation } from './storage/revocation.ts'
import { revokeEverything } from './storage/revoke-everything.ts'
import type { RevokeEverythingOptions } from './storage/revoke-everything.ts'
import { DataRules } from './record/schema.ts'
import { serverSideStore, storesBehind } from './features/sealed/server-side.ts'
import type { SealedStore } from './features/sealed/records.ts'
import type { SessionSource } from './adapters.ts'
import { Session, backendOf } from './session.ts'
import { signer } from './crypto/signing.ts'
import type { Signer } from './crypto/signing.ts'
import { StoreCalls, TimedCalls } from './storage/store-calls.ts'
import type { SessionStore } from './contracts/store.ts'
import { Sweeps } from './storage/sweeps.ts'
import { TokenCodec, isSessionId } from './token/session-token.ts'
import type { Channel, RequestLike, Transport } from './contracts/transport.ts'
import { unsealing } from './request/unsealing.ts'
import { Visit } from './request/visit.ts'

/** All sessions of one application; made by `createSessions`. */
export class Sessions<Data extends object = Record<string, unknown>> implements SessionSource<Data> {
  readonly #context: Context
  readonly #sweeps: Sweeps
  /** For sealed sessions: makes the context of one request. */
  readonly #unseal: ((visitor: RequestInfo) => Context) | undefined
  readonly #handle: symbol = Symbol('sojourn.session')
  readonly #addressOf: AddressOf | undefined
  readonly #ready: () => Promise<unknown>

  constructor(options: CoreOptions, settings: Settings, store: SessionStore | SealedStore, transport: Transport) {
    this.#addressOf = options.address
    const { clock, policy, name, secrets, encrypt, development } = settings
    const events = new Events(name)
    const ended = new RecentlyEnded()
    const stored = 'sealed' in store ? serverSideStore(store.sealed) : store
    const calls = new StoreCalls(stored, settings.storeTimeout, clock, events)
    const encrypted = encryptedBodies(name, secrets, clock)
    const authenticated = authenticatedBodies(name, secrets, settings.acceptUnsignedUntil, clock)
    const protection = encrypt ? readingBoth(encrypted, authenticated) : readingBoth(authenticated, encrypted)
    const records = new RecordCodec(name, protection, settings.maxRecordSize)
    const timed = new TimedCalls(settings.storeTimeout, clock, events)
    const stores = 'sealed' in store ? storesBehind(store.sealed) : [store]
    this.#ready = () => timed.run('ready', (call) => Promise.all(stores.map((one) => useOnce(one, call))))
    const codec = (channel: Channel): TokenCodec => new TokenCodec(transport, channel, secrets)
    const tokens = { anonymous: codec('anonymous'), 'signed-in': codec('signed-in') }
    const shared: CommitContext = {
      clock,
      policy,
      rules: new DataRules(options.schema, options.migrate, settings.maxValueSize),
      calls,
      records,
      events,
      tokens,
      kind: transport.kind,
    }
    if (settings.sessionLimit && !stored.principals) {
      throw optionError('maxSessionsPerPrincipal: this store cannot find sessions by principal. Use one that has `principals`.')
    }
    if (settings.deviceMark && transport.vary !== 'Cookie')
      throw optionError('deviceMark: needs cookies. Leave it out with this transport.')
    if (transport.links && policy.rotation) {
      throw optionError(
        'rotateEvery: tokens in addresses and forms live on in histories and other tabs, and would raise alarms. Leave it out.',
      )
    }
    const freezes = freezesAfterResponse()
    const live = new LiveSessions({ calls, records, clock, policy, interval: settings.liveInterval })
    const revocation = new Revocation(calls, records, clock, events, ended, (id) => live.announce(id), policy.absoluteTimeout)
    const signs = (purpose: string): Signer => signer(`sojourn/v1/${purpose}/${name}`, secrets)
    if (options.adopt && 'sealed' in store)
      throw optionError('adopt: not with sealedStore(): what was adopted must be remembered in a store.')
    this.#sweeps = new Sweeps(calls, clock, events)
    this.#context = {
      ...shared,
      transport,
      tokens,
      links: transport.links && new LinkCodec(transport, transport.links.lifetime, secrets),
      commits: new Commits(shared),
      revocation,
      live,
      sealed: undefined,
      csrf: signs('csrf'),
      devices: settings.deviceMark ? new DeviceMarks(signs('device'), name, development) : undefined,
      acting: new ActingService({ ...shared, revocation }),
      adoptions: options.adopt && new AdoptionService(options.adopt, { ...shared, revocation, name }, timed),
      touching: new Marks(2 * settings.storeTimeout),
      checked: new Marks(checkInterval(policy)),
      freezes,
      sweepIfDue: () => this.#sweeps.due(freezes),
      development,
      sendsSecure: !development && transport.vary === 'Cookie',
      onStoreDown: settings.onStoreDown,
      sessionLimit: settings.sessionLimit,
    }
    if ('sealed' in store) this.#unseal = unsealing(this.#context, store.sealed, settings, ended)
    const auxiliaryRecords = 'sealed' in store ? (store.sealed.revocations ?? store.sealed.spill) : store
    exposeSource(this, events)
    exposeInternals(this, {
      find: (id) => this.#find(id),
      clock,
      events,
      revocation,
      development,
      name,
      policy,
      transport,
      calls,
      records,
      judgeSecrets: (judge) => (options.secrets ?? []).filter((secret) => secret !== undefined).map(judge),
      urlParameter: transport.links?.in === 'url' ? transport.links.name : undefined,
      auxiliaryRecords: auxiliaryRecords && new StoreCalls(auxiliaryRecords, settings.storeTimeout, clock, events),
      backendOf,
      stampBy: (stampOf) => {
        this.#context.adoptions?.stampBy(stampOf)
        this.#context.acting.stampOf = stampOf
      },
      signer: signs,
    })
    stored.onEvent?.((event) => {
      if (event.type === 'evicted') events.emit('evicted', { id: event.id })
      else events.emit('unreadable', { id: event.id })
    })
  }

  /**
   * The session of a request: the same handle each time for the same request object. Synchronous; it reads nothing,
   * creates nothing, and never throws on a bad token.
   *
   * @param exchange passed by adapters; without it, `await session.commit()`, then add `session.takeHeaders()` to the
   *   response
   */
  open(request: RequestLike, exchange?: Exchange): Session<Data> {
    return openOnce(request, this.#handle, exchange, () => {
      const visitor = new SessionRequest(request, this.#context.clock.now(), exchange, this.#context.transport, this.#addressOf)
      const handle = new Session<Data>(new Visit(this.#unseal?.(visitor) ?? this.#context, visitor))
      return this.#context.development ? refuseAssignments(handle) : handle
    })
  }

  /**
   * Runs a Fetch-style handler and saves the session before the response is handed over. If the handler throws, or the
   * save fails, it throws, and nothing is sent.
   *
   * @example
   * ```ts from: examples/reference/frameworks/handle.ts#handle
   * export default {
   *   fetch: (request: Request) =>
   *     sessions.handle(request, async (session) => {
   *       session.increment('visits')
   *       return new Response(`Visit number ${await session.get('visits')}`)
   *     }),
   * }
   * ```
   */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>, options?: HandleOptions): Promise<Response> {
    return handleFetch((exchange) => this.open(request, exchange), handler, options)
  }

  /** The sessions of one principal. @throws ERR_SESSION_PRINCIPAL */
  of(principal: string): PrincipalSessions {
    checkPrincipal(principal)
    return new PrincipalSessions(principal, this.#context.revocation, this.#context.policy)
  }

  /** Ends a session of this application by its id, signed in or not; `false` if there is none. */
  async revoke(id: string): Promise<boolean> {
    const record = await this.#find(id)
    return record ? this.#context.revocation.end(record, 'revoked') : false
  }

  /**
   * Ends every session of this application that the store holds, of users and of visitors: after a leak, or after a
   * backup was restored, which brings back sessions that had ended. Returns how many ended. Each is told by the event
   * `revoked`. A sign-in that is under way is not stopped. If it throws, call it again.
   *
   * What a store cannot end is a sealed session that travels in cookies alone: remove the old secret for those.
   *
   * @throws ERR_SESSION_CAPABILITY if the store cannot be walked over, ERR_SESSION_STORE, ERR_SESSION_STORE_TIMEOUT
   * @example
   * ```ts from: examples/guide/leak.ts#everything
   * const ended = await sessions.revokeEverything({ onProgress: ({ ended: soFar }) => log(`${soFar} ended`) })
   * log(`${ended} sessions have ended. Everybody signs in again.`)
   * ```
   */
  revokeEverything(options: RevokeEverythingOptions = {}): Promise<number> {
    return revokeEverything(this.#context, options)
  }

  /**
   * Resolves if the store can be used, for the start of a process and for health checks. It connects, and reads,
   * writes and deletes a record that nobody sees, all of it within one `storeTimeout`. If nobody calls it, the store is
   * used at the first request.
   *
   * @throws ERR_SESSION_STORE, with the store's error as `cause`; ERR_SESSION_STORE_TIMEOUT; ERR_SESSION_OPTIONS if
   *   what the store was given cannot be used
   * @example
   * ```ts from: examples/guide/health.ts#ready
   * export async function start(sessions: Sessions, listen: () => void): Promise<void> {
   *   await sessions.ready() // fails within `storeTimeout` (2 seconds) if the store cannot be used, and says why
   *   listen()
   * }
   * ```
   */
  async ready(): Promise<void> {
    await this.#ready()
  }

  /** Calls a listener at each event of a name. Returns the function that stops it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#context.events.on(name, listener)
  }

  /** Deletes expired records and returns how many. It runs by itself when sessions are created. */
  sweep(): Promise<number> {
    return this.#sweeps.run()
  }

  async #find(id: string): Promise<SessionRecord | undefined> {
    const { calls, records, clock } = this.#context
    const stored = isSessionId(id) ? await calls.load(id) : undefined
    return stored && records.decode(stored, clock.now())
  }

  /** Closes the store. Connections that watch a session are no longer told when it ends. */
  async close(): Promise<void> {
    await this.#context.live.close()
    await this.#context.calls.store.close()
  }
}
