import { checkOptions } from './basics/known-options.ts'
import type { KnownOptions } from './basics/known-options.ts'
import type { Policy } from './record/policy.ts'
import { lastSeenAt } from './record/policy.ts'
import type { SessionRecord } from './record/record.ts'
import { backendOf, Session } from './session.ts'
import type { LoginAttempt, Revocation } from './storage/revocation.ts'

/** One session in a list. Times are epoch milliseconds. Nothing in it is secret. */
export interface SessionInfo {
  readonly id: string
  readonly createdAt: number
  /** When it was last seen, to the precision of a touch: a tenth of the idle timeout. */
  readonly lastSeenAt: number
  readonly authenticatedAt: number
  readonly expiresAt: number
  /** The client's address as the adapter saw it when the session began. */
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Who acts for the principal in this session, by `session.actAs`; `undefined`: it is the principal's own. */
  readonly actor: string | undefined
  /** Whether it is the session passed as `current`. */
  readonly current: boolean
}

/** A session with any data. */
export interface AnySession {
  load(): Promise<unknown>
  readonly id: string | undefined
  rotate(): Promise<void>
  commit(): Promise<unknown>
}

const LIST_OPTIONS: KnownOptions<{ current?: AnySession }> = { current: true }
const REVOKE_OPTIONS: KnownOptions<{ except?: AnySession }> = { except: true }

/** Gives a session that is to stay the epoch that the others are revoked by, and a new token. Returns its id. */
async function stay(session: AnySession, principal: string, epoch: string): Promise<string | undefined> {
  await session.load()
  const backend = session instanceof Session ? backendOf(session) : undefined
  if (backend?.principal === principal) backend.change({ type: 'stay', epoch })
  await session.rotate()
  await session.commit()
  return session.id
}

/**
 * The sessions of one principal (ASVS 5.0 7.4.5, 7.5.2). Throws ERR_SESSION_CAPABILITY if the store has no index by
 * principal.
 */
export class PrincipalSessions {
  readonly #principal: string
  readonly #revocation: Revocation
  readonly #policy: Policy

  constructor(principal: string, revocation: Revocation, policy: Policy) {
    this.#principal = principal
    this.#revocation = revocation
    this.#policy = policy
  }

  /**
   * Begins a sign-in. Call it before the password is checked and pass the result to `session.login`, so that a
   * revocation in between is noticed.
   */
  begin(): Promise<LoginAttempt> {
    return this.#revocation.begin(this.#principal)
  }

  /** All live sessions, the one seen last first. */
  async list(options: { current?: AnySession } = {}): Promise<SessionInfo[]> {
    checkOptions('list', options, LIST_OPTIONS)
    const { current } = options
    await current?.load()
    const records = await this.#revocation.list(this.#principal)
    // One that changed while the list was read may be in it twice.
    const each = new Map(records.map((record) => [record.id, this.#info(record, current?.id)]))
    return [...each.values()].toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
  }

  /**
   * The same a page at a time, in the order of the store: for a principal with thousands of sessions, such as a
   * service account. A session that changes meanwhile may come twice.
   *
   * @example
   * ```ts from: examples/guide/pages.ts#pages
   * for await (const page of sessions.of(principal).pages()) {
   *   count += page.filter(({ lastSeenAt }) => lastSeenAt < dayAgo).length
   * }
   * ```
   */
  async *pages(options: { current?: AnySession } = {}): AsyncGenerator<readonly SessionInfo[], void, undefined> {
    checkOptions('pages', options, LIST_OPTIONS)
    const { current } = options
    await current?.load()
    for await (const page of this.#revocation.pages(this.#principal)) yield page.map((record) => this.#info(record, current?.id))
  }

  /** Ends one of this principal's sessions. Returns `false` if the principal has no such session. */
  async revoke(id: string): Promise<boolean> {
    return this.#revocation.revokeOwn(this.#principal, id)
  }

  /**
   * Ends all of them, even those whose sign-in is under way; none is missed. The excepted one gets a new token at once,
   * because a thief may hold its old one. Returns how many ended. If it throws, call it again.
   */
  async revokeAll(options: { except?: AnySession } = {}): Promise<number> {
    checkOptions('revokeAll', options, REVOKE_OPTIONS)
    const { except } = options
    return this.#revocation.revokeAll(this.#principal, except && ((epoch) => stay(except, this.#principal, epoch)))
  }

  #info(record: SessionRecord, current: string | undefined): SessionInfo {
    const { id, expiresAt, meta } = record
    return {
      id,
      createdAt: meta.createdAt,
      lastSeenAt: lastSeenAt(this.#policy, record),
      authenticatedAt: meta.authenticatedAt,
      expiresAt,
      address: meta.address,
      userAgent: meta.userAgent,
      actor: meta.acting?.actor,
      current: id === current,
    }
  }
}
