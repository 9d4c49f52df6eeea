import type { Csrf } from './csrf.ts'
import type { Events } from '../basics/events.ts'
import type { Exchange, Committable } from '../contracts/exchange.ts'
import type { LinkOptions } from '../token/link-token.ts'
import type { ActOptions } from '../features/acting.ts'
import type { Live } from '../features/live.ts'
import type { OnStoreDown } from '../record/policy.ts'
import type { Flash, Operation } from '../record/operations.ts'
import type { Acting, Persistence } from '../record/record.ts'
import type { LoginAttempt } from '../storage/revocation.ts'
import type { DataRules } from '../record/schema.ts'
import type { Links } from '../contracts/transport.ts'
import type { Answer } from '../basics/answer.ts'
import type { Values } from '../record/stored-values.ts'

/** What a handle shows of the record behind it. Instants are epoch milliseconds. */
export interface RecordSummary {
  readonly id: string
  readonly expiresAt: number
  readonly meta: {
    readonly absoluteExpiresAt: number | undefined
    /** 0: nobody is signed in, or the time is not known. */
    readonly authenticatedAt: number
    readonly persistence: Persistence
  }
}

/** Writes tokens into addresses and forms. */
export interface LinkWriter extends Links {
  /**
   * A token; `undefined` while nothing is stored.
   *
   * @throws ERR_SESSION_LINK, ERR_SESSION_LINK_UNSAVED, ERR_SESSION_DURATION, ERR_SESSION_HEADERS_SENT,
   *   ERR_SESSION_COMMITTED
   */
  token(options: LinkOptions): string | undefined
}

/**
 * What the handle of `session.ts` needs of the visit behind it. `visit.ts` implements it for Sojourn's own sessions;
 * sessions shared with another system have their own implementation.
 */
export interface SessionBackend extends Committable {
  readonly rules: DataRules
  readonly events: Events
  /** Whether perhaps nobody sees the response: then flash messages are not taken. */
  readonly isPreview: boolean
  /** The record as it was read or last saved. */
  readonly record: RecordSummary | undefined
  /** The id of the record, or of the one that is stored next; absent if another system chooses it. */
  readonly nextId?: string
  /** Who is signed in, or will be once this is committed. */
  readonly principal: string | null
  /** The stamp of the login, under the same condition as `principal`. */
  readonly stamp: string | undefined
  /** Who acts for the principal, under the same condition. Absent if another system keeps the sessions. */
  readonly acting?: Acting | undefined
  /** Whether the principal who signs in did so by this browser before. Absent if browsers are not marked. */
  readonly device?: 'new' | 'known' | undefined
  /** Absent if another system has CSRF tokens of its own. */
  readonly csrf?: Csrf
  /** For transports that have their tokens in addresses or forms. */
  readonly links?: LinkWriter | undefined
  /** Joins a visit that was opened before its adapter saw the request to the adapter's exchange. */
  join(exchange: Exchange): void
  /** Reads the record, once; fails if the store is down. */
  load(): Answer<unknown>
  /**
   * As `load`, before the application asks for it: the response does not depend on the session yet. Absent if the
   * compatibility layer is not used.
   */
  peek?(): Answer<unknown>
  /** As `load`, for reads: with `onStoreDown: 'anonymous'` a store failure means "no session". */
  read(onStoreDown?: OnStoreDown): Answer<void>
  /** @throws ERR_SESSION_NOT_LOADED */
  requireLoaded(property: string): void
  /** The values with this request's own changes. */
  values(): Values
  /** One of the values, decoded. If there is none that fits: the schema's default. */
  value(key: string): unknown
  /** The messages of a type, oldest first, with this request's own changes. */
  flashes(type: string): readonly Flash[]
  /** Whether mistakes that lose something throw. */
  readonly isStrict: boolean
  /**
   * Does what takes its time. The exchange hears of it at the call, and the commit waits for it.
   *
   * @returns rejects at once with ERR_SESSION_HEADERS_SENT or ERR_SESSION_COMMITTED if it is too late
   */
  announce(work: () => Promise<void>): Promise<void>
  /** As `announce`, after what was asked for in this way before. */
  announceInTurn(work: () => Promise<void>): Promise<void>
  /** Records a change, to be applied at commit, after what was announced before. */
  change(operation: Operation): void
  /** As `change`, for the work that was announced. */
  changeNow(operation: Operation): void
  /** A sign-in attempt that begins now. */
  begin(principal: string): Promise<LoginAttempt>
  /** Signs somebody in at commit; ends the session of whoever was signed in before. */
  login(login: Operation & { type: 'login' }, attempt: LoginAttempt): void | Promise<void>
  /** Makes the session one that acts for another principal. Absent if another system keeps the sessions. */
  actAs?(principal: string, options: ActOptions): Promise<void>
  /** Ends a session that acts for somebody, and comes back to the actor's own. */
  stopActing?(): Promise<void>
  /** Ends the session at commit; what is recorded afterwards begins another. */
  end(how: 'logout' | 'revoked'): void
  /**
   * After the ending is committed, asks the browser to delete what it keeps of this site. Without an ending it does
   * nothing.
   */
  clearSiteData(): void
  /** Absent if another system can end sessions without telling us. @throws ERR_SESSION_GONE, ERR_SESSION_CAPABILITY */
  live?(): Promise<Live>
  commit(signal?: AbortSignal): Answer<void>
}
