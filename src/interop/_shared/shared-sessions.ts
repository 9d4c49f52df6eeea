import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { parseWait, systemClock } from '../../core/basics/time.ts'
import type { Clock, Duration } from '../../core/basics/time.ts'
import { RecentlyEnded } from '../../core/storage/recently-ended.ts'
import { Events } from '../../core/basics/events.ts'
import type { EventName, Listener } from '../../core/basics/events.ts'
import type { Exchange } from '../../core/contracts/exchange.ts'
import { Marks } from '../../core/basics/marks.ts'
import { exposeSource } from '../../core/basics/tracing.ts'
import { freezesAfterResponse } from '../../core/basics/platform.ts'
import { handleFetch } from '../../core/fetch.ts'
import type { HandleOptions } from '../../core/fetch.ts'
import { checkOnStoreDown } from '../../core/options.ts'
import type { OnStoreDown } from '../../core/record/policy.ts'
import { DataRules } from '../../core/record/schema.ts'
import type { Migrate } from '../../core/record/schema.ts'
import { Session } from '../../core/session.ts'
import type { SessionSource } from '../../core/adapters.ts'
import { checkSchema } from '../../core/arguments.ts'
import { refuseAssignments } from '../../core/assignments.ts'
import { openOnce } from '../../core/open-once.ts'
import { SessionRequest } from '../../core/request/session-request.ts'
import { TimedCalls } from '../../core/storage/store-calls.ts'
import type { RequestLike } from '../../core/contracts/transport.ts'
import { ForeignCookie } from './cookie.ts'
import type { ForeignCookieSettings, ForeignSystem } from './format.ts'
import { repositoryOf } from './repository-of.ts'
import { ForeignVisit } from './visit.ts'
import type { ForeignContext } from './visit.ts'

/** The options for sharing that are the same for every system. */
export interface ShareOptions {
  /**
   * A synchronous Standard Schema of the data: types them and checks them key by key. It does not change what the other
   * system writes.
   */
  readonly schema?: StandardSchemaV1
  /** Converts a stored value that does not fit the schema. */
  readonly migrate?: Migrate
  /** The largest encoded value, in bytes. Default 65,536. */
  readonly maxValueSize?: number
  /** How long one call of the store may take. Default `'2s'`. */
  readonly storeTimeout?: Duration
  /** What a read returns while the store is down, as in `createSessions`. Default `'fail'`. */
  readonly onStoreDown?: OnStoreDown
  /** The source of the time, for tests. */
  readonly clock?: Clock
  /** Freezes the values that a read returns, so that a mutation, which would be lost, throws. Default `false`. */
  readonly development?: boolean
}

export const SHARE_OPTIONS: KnownOptions<ShareOptions> = {
  schema: true,
  migrate: true,
  maxValueSize: true,
  storeTimeout: true,
  onStoreDown: true,
  clock: true,
  development: true,
}

/**
 * The live sessions of another system, for every framework adapter.
 *
 * Among requests of Node all promises of the handle hold: no lost update, dead stays dead, saved before the first byte,
 * you pay for what you touch. The other system still writes its whole session without comparing.
 */
export class SharedSessions<Data extends object = Record<string, unknown>> implements SessionSource<Data> {
  readonly #context: ForeignContext
  readonly #handle: symbol = Symbol('sojourn.shared-session')

  /** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
  constructor(format: ForeignSystem & { readonly cookie: ForeignCookieSettings | ForeignContext['cookie'] }, options: ShareOptions = {}) {
    checkSchema(options.schema)
    const clock = options.clock ?? systemClock
    const events = new Events(format.system)
    exposeSource(this, events)
    const storeTimeout = parseWait(options.storeTimeout ?? '2s', 'storeTimeout')
    const calls = new TimedCalls(storeTimeout, clock, events)
    const rules = new DataRules(options.schema, options.migrate, options.maxValueSize ?? 65_536, format.codec)
    const shared = { format, rules, calls, clock }
    this.#context = {
      ...shared,
      events,
      cookie: 'read' in format.cookie ? format.cookie : new ForeignCookie(format.cookie),
      repository: repositoryOf(shared),
      ended: new RecentlyEnded(),
      touching: new Marks(2 * storeTimeout),
      freezes: freezesAfterResponse(),
      onStoreDown: checkOnStoreDown(options.onStoreDown ?? 'fail'),
      development: options.development ?? false,
    }
  }

  open(request: RequestLike, exchange?: Exchange): Session<Data> {
    return openOnce(request, this.#handle, exchange, () => {
      const visitor = new SessionRequest(request, this.#context.clock.now(), exchange)
      const handle = new Session<Data>(new ForeignVisit(this.#context, visitor))
      return this.#context.development ? refuseAssignments(handle) : handle
    })
  }

  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>, options?: HandleOptions): Promise<Response> {
    return handleFetch((exchange) => this.open(request, exchange), handler, options)
  }

  /**
   * Calls a listener at each event of this name. Returns a function that removes it. The ids in events are digests of
   * the other system's keys.
   */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#context.events.on(name, listener)
  }

  /** Closes what the store opened. */
  async close(): Promise<void> {
    const { storage } = this.#context.format
    if (storage.kind === 'store-backed') await storage.store.close()
  }
}
