import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Guard, SessionSource } from '../../core/adapters.ts'
import { optionError } from '../../core/basics/errors.ts'
import type { Duration } from '../../core/basics/time.ts'
import type { RequestLike } from '../../core/contracts/transport.ts'
import type { LoginRefusalOptions } from '../../auth/index.ts'
import { createSessions } from '../../index.ts'
import type { SessionsOptions } from '../../index.ts'

/** What `createAuth` returned, as far as the guards need it. */
export interface Guards<Data extends object> {
  requireLogin(options?: LoginRefusalOptions): Guard<Data>
  requireFresh(within: Duration, options?: LoginRefusalOptions): Guard<Data>
  // A method of any user's type fits: the application says the same one to `Allow` and to `createAuth`.
  // oxlint-disable-next-line typescript/no-explicit-any
  require(allows: (user: any, request: RequestLike) => boolean | Promise<boolean>): Guard<Data>
}

/** The sessions of an application, and what `createAuth` of `sojourn/auth` made of them. */
export interface SessionsWithAuth<Data extends object> {
  readonly sessions: SessionSource<Data>
  readonly auth?: Guards<Data> | undefined
}

/** What the module works with. */
export interface Kit {
  readonly sessions: SessionSource & { close?(): Promise<void> }
  readonly auth: Guards<never> | undefined
}

/** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
export function kitOf<Data extends object>(given: SessionsOptions | SessionSource<Data> | SessionsWithAuth<Data>): Kit {
  if (typeof given !== 'object' || given === null) {
    throw optionError('SessionsModule: give it the options of createSessions, or what createSessions returned.')
  }
  if ('sessions' in given) return { sessions: given.sessions, auth: given.auth }
  const sessions =
    'open' in given
      ? (given as unknown as Kit['sessions'])
      : createSessions(given as SessionsOptions & { readonly schema: StandardSchemaV1<object, object> })
  return { sessions, auth: undefined }
}
