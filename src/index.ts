/**
 * Sessions for TypeScript web applications.
 *
 * @module
 */
// oxlint-disable-next-line import/no-unassigned-import -- it has nothing to give, but must run first
import './core/basics/runtime.ts'
import { optionError } from './core/basics/errors.ts'
import { checkSchema, checkStore } from './core/arguments.ts'
import { checkOptions } from './core/basics/known-options.ts'
import type { KnownOptions } from './core/basics/known-options.ts'
import { warnOnce } from './core/basics/warn-once.ts'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { readOptions } from './core/options.ts'
import type { CoreOptions } from './core/options.ts'
import { Sessions } from './core/sessions.ts'
import type { TransportFactory } from './core/contracts/transport.ts'
import { isMemoryStore, memoryStore } from './stores/memory.ts'
import { cookieTransport } from './transports/cookie.ts'
import type { CookieOptions } from './transports/cookie.ts'

export type { Guard, SessionSource } from './core/adapters.ts'
export type { HandleOptions } from './core/fetch.ts'
export { SojournError, errorCodes, isSojournError } from './core/basics/errors.ts'
export type { AnySojournError, ErrorCode, ErrorDetails } from './core/basics/errors.ts'
export type { AboutClient, AboutSession, AboutSignIn, CsrfReason, EventName, Listener, SessionEvents } from './core/basics/events.ts'
export type { HeaderLine, Refusal } from './core/basics/refusal.ts'
export type { CommitResult, CommitTrace, LoadTrace, LoginTrace, SessionTrace, StoreTrace, TraceMessage } from './core/basics/tracing.ts'
export type { Clock, Duration } from './core/basics/time.ts'
export type { SessionStore } from './core/contracts/store.ts'
export type { RequestLike, TransportFactory } from './core/contracts/transport.ts'
export type { ActOptions } from './core/features/acting.ts'
export type { Live, LiveEnd } from './core/features/live.ts'
export type { SealedStore } from './core/features/sealed/records.ts'
export type { CoreOptions, RotationOptions } from './core/options.ts'
export type { AnySession, PrincipalSessions, SessionInfo } from './core/principal-sessions.ts'
export type { OnStoreDown, Unconfirmed } from './core/record/policy.ts'
export type { Migrate } from './core/record/schema.ts'
export type { Csrf } from './core/request/csrf.ts'
export type { CookieAttributes, SessionCookie } from './core/request/response-cookies.ts'
export type { DataKey, LoadOptions, LoginOptions, LogoutOptions, NumberKey, Session, SessionData } from './core/session.ts'
export type { Sessions } from './core/sessions.ts'
export type { LoginAttempt } from './core/storage/revocation.ts'
export type { RevokeEverythingOptions } from './core/storage/revoke-everything.ts'
export type { SessionLimit } from './core/storage/session-limit.ts'
export type { LinkOptions } from './core/token/link-token.ts'
export { memoryStore } from './stores/memory.ts'
export type { MemoryStore, MemoryStoreOptions } from './stores/memory.ts'
export { cookieTransport } from './transports/cookie.ts'
export type { CookieOptions, FormerCookie } from './transports/cookie.ts'

/** What {@link createSessions} takes. */
export interface SessionsOptions extends CoreOptions {
  /** How the cookie is set; only with `cookieTransport`, which is the default. */
  readonly cookie?: CookieOptions
  /** How tokens travel. If left out: in cookies. A session stays with the transport it began with. */
  readonly transport?: TransportFactory
}

/** The data of a schema. A key may be missing unless the schema gives it a default. */
export type DataOf<Schema extends StandardSchemaV1> = {
  [K in keyof StandardSchemaV1.InferOutput<Schema>]: undefined extends (StandardSchemaV1.InferInput<Schema> & Record<K, unknown>)[K]
    ? StandardSchemaV1.InferOutput<Schema>[K]
    : StandardSchemaV1.InferOutput<Schema>[K] | undefined
}

const LIFETIME_HINT = "How long a session lives is said by idleTimeout and absoluteTimeout, such as '30m' and '30d'. "
const NOT_NEEDED =
  "Leave it out: what a request changes is saved, and nothing else. The options of express-session are those of 'sojourn/express-session'. "

const OPTIONS: KnownOptions<SessionsOptions> = {
  secrets: true,
  store: true,
  schema: true,
  migrate: true,
  idleTimeout: true,
  absoluteTimeout: true,
  rotateEvery: true,
  name: true,
  cookie: true,
  transport: true,
  maxValueSize: true,
  maxRecordSize: true,
  storeTimeout: true,
  onStoreDown: true,
  maxSessionsPerPrincipal: true,
  deviceMark: true,
  adopt: true,
  liveInterval: true,
  address: true,
  encrypt: true,
  acceptUnsignedUntil: true,
  clock: true,
  development: true,
}

/** What express-session and others call it. */
const HINTS = {
  secret: "Write secrets: [process.env.SESSION_SECRET]. The options of express-session are those of 'sojourn/express-session'. ",
  maxAge: LIFETIME_HINT,
  ttl: LIFETIME_HINT,
  resave: NOT_NEEDED,
  saveUninitialized: NOT_NEEDED,
  rolling: NOT_NEEDED,
}

/**
 * The sessions of an application. Create them once, at the start.
 *
 * @example
 * ```ts from: examples/reference/create-sessions.ts#createSessions
 * const sessions = createSessions({ secrets: [process.env.SESSION_SECRET], store: sqliteStore('sessions.db') })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS or ERR_SESSION_DURATION; the message says what is wrong and what to write
 */
export function createSessions<Schema extends StandardSchemaV1<object, object>>(
  options: SessionsOptions & { readonly schema: Schema },
): Sessions<DataOf<Schema>>
export function createSessions<Data extends object = Record<string, unknown>>(
  options: SessionsOptions & { readonly schema?: never },
): Sessions<Partial<Data>>
export function createSessions(options: SessionsOptions): Sessions {
  if (typeof options !== 'object' || options === null) throw optionError('createSessions takes an object of options.')
  checkOptions('', options, OPTIONS, HINTS)
  const settings = readOptions(options)
  const { name, development } = settings
  checkSchema(options.schema)
  const store = options.store === undefined ? memoryStore() : checkStore(options.store)
  if (!development && isMemoryStore(store)) warnOfMemory()
  return new Sessions(options, settings, store, readTransport(options)({ name, development }))
}

function readTransport({ cookie, transport }: SessionsOptions): TransportFactory {
  if (transport === undefined) return cookieTransport(cookie)
  if (typeof transport !== 'function') throw optionError('transport: write one that was made, such as headerTransport().')
  if (cookie !== undefined) throw optionError('cookie: belongs to the cookie transport. With transport write cookieTransport({ … }).')
  return transport
}

function warnOfMemory(): void {
  warnOnce(
    'Sessions are kept in the memory of this process: a restart signs everybody out, and other processes do not see them. ' +
      "Use a store that lasts, such as sqliteStore() of 'sojourn/stores/sqlite', or development: true on your own machine.",
  )
}
