/**
 * Reads and writes express-session's cookie and records. Shares or adopts its live sessions, and wraps its stores for
 * sessions of ours.
 *
 * @module
 */
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import type { Adoptable } from '../../core/features/adopt.ts'
import { ADOPT_OPTIONS, adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { SHARE_OPTIONS, SharedSessions } from '../_shared/shared-sessions.ts'
import type { ShareOptions } from '../_shared/shared-sessions.ts'
import { expressFormat } from './format.ts'
import type { ExpressPrincipal, ExpressSessionOptions } from './format.ts'

export { wrapExpressStore } from './wrapped-store.ts'
export type { WrappedExpressStore } from './wrapped-store.ts'
export { signSessionId, unsignSessionId } from './cookie.ts'
export type { ExpressPrincipal, ExpressRedis, ExpressSessionOptions } from './format.ts'
export type { ExpressPostgres } from './rows.ts'
export { readSession, recordCookie, writeSession } from './record.ts'
export type { ExpressCookieOptions, ExpressRecord, ExpressRecordCookie } from './record.ts'
export type { ExpressStore } from './store.ts'
export type { ForeignSecret, ForeignSecrets } from '../_shared/secrets.ts'
export type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
export type { AdoptOptions } from '../_shared/adopt.ts'
export type { SharedSessions, ShareOptions } from '../_shared/shared-sessions.ts'

const OPTIONS: KnownOptions<ExpressSessionOptions> = { secrets: true, store: true, name: true, cookiePrefix: true, cookie: true }

/**
 * For the option `adopt` of `createSessions`: a visitor who has only express-session's cookie gets a session of ours
 * with that data, and is signed in if Passport or `principal` says so.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#adopt
 * const old = adoptExpressSession({ secrets: process.env.OLD_SECRET!, store: new RedisStore({ client }) })
 * const sessions = createSessions({ secrets, store, adopt: [old] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function adoptExpressSession(options: ExpressSessionOptions & AdoptOptions): Adoptable {
  checkOptions<ExpressSessionOptions & AdoptOptions>('adoptExpressSession', options, { ...OPTIONS, ...ADOPT_OPTIONS })
  return adoptable(expressFormat(options), options)
}

/** The options of {@link shareExpressSession}. */
export interface ShareExpressSessionOptions extends ExpressSessionOptions, ShareOptions {
  /** How the application keeps who is signed in. Default: as Passport does. */
  readonly principal?: ExpressPrincipal
}

/**
 * The live sessions of an application that runs express-session, read and written through the same handle and the same
 * adapters.
 *
 * Requests of one process lose none of each other's changes. With several processes `store` must be `{ redis }` or `{
 * postgres }` for that: the stores of express-session cannot compare and set, so between processes the last write wins.
 * express-session itself writes whole sessions without comparing.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#share
 * const sessions = shareExpressSession({ secrets: process.env.SECRET!, store: new RedisStore({ client }) })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function shareExpressSession<Data extends object = Record<string, unknown>>(
  options: ShareExpressSessionOptions,
): SharedSessions<Partial<Data>> {
  checkOptions<ShareExpressSessionOptions>('shareExpressSession', options, { ...OPTIONS, ...SHARE_OPTIONS, principal: true })
  return new SharedSessions<Partial<Data>>(expressFormat(options, options.principal), options)
}
