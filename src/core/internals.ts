import type { Clock } from './basics/time.ts'
import type { Events } from './basics/events.ts'
import type { Revocation } from './storage/revocation.ts'
import type { Signer } from './crypto/signing.ts'
import type { StoreCalls } from './storage/store-calls.ts'

/** What `createSessions` lays for the packages that stand on it, such as `sojourn/auth`; not for applications. */
export interface Internals {
  readonly clock: Clock
  readonly events: Events
  readonly revocation: Revocation
  readonly development: boolean
  /** Where tokens travel in addresses: the parameter that holds them. */
  readonly urlParameter: string | undefined
  /** A store for records that are no sessions, under ids that no token names; `undefined` if sessions are sealed and there is none. */
  readonly auxiliaryRecords: StoreCalls | undefined
  /** What the sign-ins of other systems are to say of the credentials; `null` for a principal who may not sign in. Does nothing where none are adopted. */
  stampAdoptions(stampOf: (principal: string) => Promise<string | null>): void
  /** For a purpose of this application's alone. */
  signer(purpose: string): Signer
}

const foundations = new WeakMap<object, Internals>()

export function exposeInternals(sessions: object, foundation: Internals): void {
  foundations.set(sessions, foundation)
}

/** @throws TypeError for what `createSessions` did not make */
export function internalsOf(sessions: object): Internals {
  const foundation = foundations.get(sessions)
  if (!foundation) throw new TypeError('These are no sessions of createSessions, or they come from another copy of this package.')
  return foundation
}
