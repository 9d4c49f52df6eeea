import { optionError } from './basics/errors.ts'
import type { Clock } from './basics/time.ts'
import type { Events } from './basics/events.ts'
import type { SessionRecord } from './record/record.ts'
import type { Revocation } from './storage/revocation.ts'
import type { Session } from './session.ts'
import type { SessionBackend } from './request/session-backend.ts'
import type { Policy } from './record/policy.ts'
import type { RecordCodec } from './record/record-codec.ts'
import type { Transport } from './contracts/transport.ts'
import type { Signer } from './crypto/signing.ts'
import type { StoreCalls } from './storage/store-calls.ts'

/**
 * What `createSessions` gives to the packages that build on it, such as `sojourn/auth` and `sojourn/console`; not for
 * applications.
 */
export interface Internals {
  /** What is behind a handle: for what lives in the reserved part of a session. */
  backendOf<Data extends object>(session: Session<Data>): SessionBackend
  /** The record of a session of this application; `undefined` if there is none. */
  find(id: string): Promise<SessionRecord | undefined>
  readonly clock: Clock
  readonly events: Events
  readonly revocation: Revocation
  readonly development: boolean
  readonly name: string
  readonly policy: Policy
  readonly transport: Transport
  readonly calls: StoreCalls
  readonly records: RecordCodec
  /** What somebody thinks of each of the application's secrets; nobody gets the secrets themselves. */
  judgeSecrets<Opinion>(judge: (secret: string) => Opinion): Opinion[]
  /** The parameter that holds the token, if tokens travel in addresses. */
  readonly urlParameter: string | undefined
  /**
   * Where records live that are not sessions (failure counts, for example), under ids that no token names. `undefined`
   * for sealed sessions without a store.
   */
  readonly auxiliaryRecords: StoreCalls | undefined
  /**
   * What the sign-ins of other systems are to say of the credentials; `null` for a principal who may not sign in. Does
   * nothing where none are adopted.
   */
  stampAdoptions(stampOf: (principal: string) => Promise<string | null>): void
  /** Signs for one purpose, in this application only. */
  signer(purpose: string): Signer
}

const internals = new WeakMap<object, Internals>()

export function exposeInternals(sessions: object, given: Internals): void {
  internals.set(sessions, given)
}

/**
 * @param call how the function is called, such as `csrf(sessions)`
 * @throws ERR_SESSION_OPTIONS for anything that `createSessions` did not make
 */
export function internalsOf(sessions: object, call: string): Internals {
  const found = typeof sessions === 'object' && sessions !== null ? internals.get(sessions) : undefined
  if (found) return found
  throw optionError(
    `write ${call} with what createSessions returned. This is something else, or it comes from another copy of this package.`,
  )
}
