import { Adoptions } from './adopt.ts'
import type { Visitor } from './authentication.ts'
import { Commits } from './commit.ts'
import type { CommitContext } from './commit.ts'
import type { Context } from './context.ts'
import { bodyCipher } from './crypto/encryption.ts'
import { EndedSessions } from './ended.ts'
import { Events } from './events.ts'
import type { EventName, Listener } from './events.ts'
import type { Exchange } from './exchange.ts'
import { layFoundation } from './foundation.ts'
import { handleFetch } from './http/fetch.ts'
import { LinkCodec } from './links/link.ts'
import { LiveSessions } from './live.ts'
import { wrong } from './options.ts'
import type { CoreOptions, Settings } from './options.ts'
import { PrincipalSessions } from './principal.ts'
import { RecordCodec } from './record.ts'
import { RequestVisitor } from './http/request.ts'
import { Revocation } from './revocation.ts'
import { DataRules } from './schema.ts'
import { homeStore } from './sealed/home.ts'
import type { SealedStore } from './sealed/records.ts'
import type { SessionSource } from './session-source.ts'
import { Session, checkPrincipal } from './session.ts'
import { signer } from './crypto/signing.ts'
import type { Signer } from './crypto/signing.ts'
import { StoreCalls, TimedCalls } from './store-calls.ts'
import type { SessionStore } from './store.ts'
import { Sweeps } from './sweeps.ts'
import { TokenCodec, isSessionId } from './token.ts'
import type { Channel, RequestLike, Transport } from './transport.ts'
import { unsealing } from './sealed/unsealing.ts'
import { Visit } from './visit/visit.ts'

/** All sessions of one application; made by `createSessions`. */
export class Sessions<Data extends object = Record<string, unknown>> implements SessionSource<Data> {
  readonly #context: Context
  readonly #sweeps: Sweeps
  /** For sealed sessions: the context of one request. */
  readonly #unseal: ((visitor: Visitor) => Context) | undefined
  /** On the request object itself: a WeakMap costs more than the rest of opening. */
  readonly #handle: symbol = Symbol('sojourn.session')

  constructor(options: CoreOptions, settings: Settings, store: SessionStore | SealedStore, transport: Transport) {
    const { clock, policy, name, secrets, encrypt, development } = settings
    const events = new Events()
    const ended = new EndedSessions()
    const home = 'sealed' in store ? homeStore(store.sealed) : store
    const calls = new StoreCalls(home, settings.storeTimeout, clock, events)
    const records = new RecordCodec(name, encrypt ? bodyCipher(name, secrets) : undefined)
    const codec = (channel: Channel): TokenCodec => new TokenCodec(transport, channel, secrets)
    const tokens = { anonymous: codec('anonymous'), 'signed-in': codec('signed-in') }
    const shared: CommitContext = {
      clock,
      policy,
      rules: new DataRules(options.schema, options.migrate, settings.maxValueSize),
      calls,
      records,
      events,
      issue: (channel, id, generation) => tokens[channel].issue(id, generation),
    }
    if (settings.sessionLimit && !home.principals) {
      throw wrong('maxSessionsPerPrincipal: this store cannot find sessions by principal. Use one that has `principals`.')
    }
    if (transport.links && policy.rotation) {
      throw wrong('rotateEvery: tokens in addresses and forms live on in histories and other tabs, and would raise alarms. Leave it out.')
    }
    const live = new LiveSessions({ calls, records, clock, policy, interval: settings.liveInterval })
    const revocation = new Revocation(calls, records, clock, events, ended, (id) => live.announce(id))
    const signs = (purpose: string): Signer => signer(`sojourn/v1/${purpose}/${name}`, secrets)
    if (options.adopt && 'sealed' in store) throw wrong('adopt: not with sealedStore(): what was adopted must be remembered in a store.')
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
      adoptions:
        options.adopt &&
        new Adoptions(options.adopt, { ...shared, revocation, name }, new TimedCalls(settings.storeTimeout, clock, events)),
      touching: new Set(),
      freeze: development,
      onStoreDown: settings.onStoreDown,
      sessionLimit: settings.sessionLimit,
      created: () => this.#sweeps.due(),
    }
    if ('sealed' in store) this.#unseal = unsealing(this.#context, store.sealed, settings, ended)
    const shelf = 'sealed' in store ? (store.sealed.revocations ?? store.sealed.spill) : store
    layFoundation(this, {
      clock,
      events,
      revocation,
      development,
      urlParameter: transport.links?.in === 'url' ? transport.links.name : undefined,
      shelf: shelf && new StoreCalls(shelf, settings.storeTimeout, clock, events),
      signer: signs,
    })
    home.observe?.((notice) => {
      if (notice.type === 'evicted') events.emit('evicted', { id: notice.id })
      else events.emit('unreadable', { id: notice.id })
    })
  }

  /**
   * The session of a request: the same handle each time for the same request object. Synchronous; reads and creates
   * nothing, and never throws on a bad token.
   *
   * @param exchange given by adapters; without it, `await session.commit()` and add `session.takeHeaders()` to the response
   */
  open(request: RequestLike, exchange?: Exchange): Session<Data> {
    const carrier = request as unknown as { [key: symbol]: Session<Data> | undefined }
    const opened = carrier[this.#handle]
    if (opened) {
      if (exchange) opened.join(exchange)
      return opened
    }
    const visitor = new RequestVisitor(request, this.#context.clock.now(), exchange, this.#context.transport)
    return (carrier[this.#handle] = new Session<Data>(new Visit(this.#unseal?.(visitor) ?? this.#context, visitor)))
  }

  /**
   * Runs a Fetch-style handler and saves the session before the response is handed over. If the handler throws, or the
   * save fails, it throws, and nothing is sent.
   *
   * @example
   * export default { fetch: (request: Request) => sessions.handle(request, async (session) => new Response('…')) }
   */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>): Promise<Response> {
    return handleFetch((exchange) => this.open(request, exchange), handler)
  }

  /** The sessions of one principal. @throws ERR_SESSION_PRINCIPAL */
  of(principal: string): PrincipalSessions {
    checkPrincipal(principal)
    return new PrincipalSessions(principal, this.#context.revocation, this.#context.policy)
  }

  /** Ends a session of this application by its id, signed in or not; `false` if there is none. */
  async revoke(id: string): Promise<boolean> {
    const { calls, records, clock, revocation } = this.#context
    const stored = isSessionId(id) ? await calls.load(id) : undefined
    const record = stored && records.decode(stored, clock.now())
    return record ? revocation.end(record, 'revoked') : false
  }

  /** Calls a listener at each event of a name; answers the function that stops it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#context.events.on(name, listener)
  }

  /** Deletes what has expired; answers how many. It happens by itself when sessions are created. */
  sweep(): Promise<number> {
    return this.#sweeps.run()
  }

  /** Closes the store. Connections that watch a session hear nothing any more. */
  async close(): Promise<void> {
    await this.#context.live.close()
    await this.#context.calls.store.close()
  }
}
