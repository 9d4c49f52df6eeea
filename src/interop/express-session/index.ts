/**
 * Sessions of express-session: its cookie and records, read and written; its live sessions, shared or adopted; and its stores, used
 * for sessions of ours.
 *
 * @module
 */
import type { Adoptable } from '../../core/features/adopt.ts'
import { adoptable } from '../_shared/adopt.ts'
import type { AdoptOptions } from '../_shared/adopt.ts'
import { ForeignSessions } from '../_shared/sessions.ts'
import type { ShareOptions } from '../_shared/sessions.ts'
import { expressFormat } from './format.ts'
import type { ExpressPrincipal, ExpressSessionOptions } from './format.ts'

export { expressSessionStore } from './bridge.ts'
export type { BridgedStore } from './bridge.ts'
export { signCookie, unsignCookie } from './cookie.ts'
export type { ExpressSecret } from './cookie.ts'
export type { ExpressPrincipal, ExpressRedis, ExpressSessionOptions } from './format.ts'
export type { ExpressPostgres } from './rows.ts'
export { readRecord, recordCookie, writeRecord } from './record.ts'
export type { ExpressCookieOptions, ExpressRecord, ExpressRecordCookie } from './record.ts'
export type { ExpressStore } from './store.ts'
export type { ForeignIoRedis, ForeignNodeRedis } from '../_shared/redis.ts'
export type { AdoptOptions } from '../_shared/adopt.ts'
export type { ForeignSessions, ShareOptions } from '../_shared/sessions.ts'

/**
 * For `adopt` of `createSessions`: a visitor with only express-session's cookie gets a session of ours with that data, and is signed in
 * if Passport, or `principal`, says so.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#adopt
 * const old = expressSession({ secrets: process.env.OLD_SECRET!, store: new RedisStore({ client }) })
 * const sessions = createSessions({ secrets, store, adopt: [old] })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function expressSession(options: ExpressSessionOptions & AdoptOptions): Adoptable {
  return adoptable(expressFormat(options), options)
}

/** What {@link expressSessions} takes. */
export interface ExpressSharing extends ExpressSessionOptions, ShareOptions {
  /** How the application keeps who is signed in. Default: as Passport does. */
  readonly principal?: ExpressPrincipal
}

/**
 * The live sessions of an application that runs express-session, through the same handle and the same adapters, read and written.
 *
 * Requests of one process lose nothing among each other; those of several do so only where `store` is the place itself, `{ redis }` or `{ postgres }`: the stores of express-session cannot
 * compare and set, so that between processes the last write wins, as it does between two processes of express-session, which writes whole sessions without looking.
 *
 * @example
 * ```ts from: examples/reference/interop/express-session.ts#share
 * const sessions = expressSessions({ secrets: process.env.SECRET!, store: new RedisStore({ client }) })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function expressSessions<Data extends object = Record<string, unknown>>(options: ExpressSharing): ForeignSessions<Partial<Data>> {
  return new ForeignSessions<Partial<Data>>(expressFormat(options, options.principal), options)
}
