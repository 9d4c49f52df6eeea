import type { Duration } from '../core/basics/time.ts'
import { SojournError } from '../core/basics/errors.ts'
import type { SessionEvents } from '../core/basics/events.ts'
import { internalsOf } from '../core/internals.ts'
import type { Internals } from '../core/internals.ts'
import type { Guard } from '../core/adapters.ts'
import { refusal } from '../core/basics/refusal.ts'
import type { LoginAttempt } from '../core/storage/revocation.ts'
import type { LoginOptions, Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { RequestLike } from '../core/contracts/transport.ts'
import { linkOf, readFreshness, signInAgain, signInFirst } from './guards.ts'
import type { LoginRefusalOptions, RefusedRequest } from './guards.ts'
import { Passwords } from './passwords.ts'
import type { PasswordHashing, VerifyOther } from './passwords.ts'
import { Throttle } from './throttle.ts'
import type { Refused, ThrottleOptions } from './throttle.ts'
import type { UserDescription, Users } from './users.ts'

/** What {@link createAuth} takes. */
export interface AuthOptions<User extends object, Data extends object> {
  readonly sessions: Sessions<Data>
  readonly users: Users<User>
  /** How new passwords are hashed. Default `{ algorithm: 'argon2id' }`. */
  readonly passwords?: PasswordHashing
  /** Asked about stored texts of a format that is not known here, such as bcrypt's; they are replaced when it says yes. */
  readonly verifyOther?: VerifyOther
  /** How many sign-ins may fail. `false`: as many as like to. */
  readonly throttle?: ThrottleOptions | false
}

/** How {@link Auth.login} signs somebody in. */
export type AuthLoginOptions = Pick<LoginOptions, 'remember' | 'keep'>

/** From where somebody signs in. */
export interface ClientOptions {
  /** The client's address, such as `request.ip`; behind a proxy the one that the proxy tells, or all its clients count as one. */
  readonly address?: string | undefined
}

/** What a sign-in proved: with which password text, begun when. */
interface Proof {
  readonly attempt: LoginAttempt
  readonly encoded: string
}

/**
 * Who is behind a session. Make it once, at start.
 *
 * @example
 * ```ts from: examples/reference/auth.ts#createAuth
 * const auth = createAuth({
 *   sessions,
 *   users: {
 *     findByName: (name) => db.userByEmail(name),
 *     findById: (id) => db.user(id),
 *     savePassword: (user, encoded) => db.savePassword(user.id, encoded, user.password),
 *     describe: (user) => ({ id: user.id, password: user.password, disabled: user.locked }),
 *   },
 * })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function createAuth<User extends object, Data extends object>(options: AuthOptions<User, Data>): Auth<User, Data> {
  return new Auth(options)
}

/** Made by {@link createAuth}. */
export class Auth<User extends object, Data extends object = Record<string, unknown>> {
  readonly #users: Users<User>
  readonly #passwords: Passwords
  readonly #throttle: Throttle | undefined
  readonly #foundation: Internals
  readonly #stamps: Signer
  readonly #names: Signer
  readonly #proofs = new WeakMap<User, Proof>()
  /** Whom a request found signed in. */
  readonly #found = new WeakMap<Session<Data>, { readonly principal: string; readonly user: Promise<User | undefined> }>()

  constructor({ sessions, users, passwords = { algorithm: 'argon2id' }, verifyOther, throttle = {} }: AuthOptions<User, Data>) {
    this.#users = users
    this.#passwords = new Passwords(passwords, verifyOther)
    this.#foundation = internalsOf(sessions)
    this.#throttle = throttle === false ? undefined : new Throttle(this.#foundation, throttle)
    this.#stamps = this.#foundation.signer('stamp')
    this.#names = this.#foundation.signer('name')
  }

  // ── Signing in and out ───────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The user of a name and password, or `undefined`: for an unknown name, a wrong password and a disabled user alike, and after the same time. Nobody is signed in
   * yet: hand the user to {@link login}, in the same request. A password that is stored in an older way is hashed anew.
   *
   * @throws ERR_SESSION_THROTTLED after too many failures; it holds a 429 with `Retry-After`. Also what the store and `users` throw
   */
  async authenticate(name: string, password: string, { address }: ClientOptions = {}): Promise<User | undefined> {
    const digest = this.#names.sign(name)
    const first = await this.#users.findByName(name)
    const principal = first ? this.#users.describe(first).id : null
    // A name that is nobody's has its count and its epoch too, so that it costs the same calls.
    const account = principal === null ? `name ${this.#names.sign(name.normalize('NFKC').toLowerCase())}` : `id ${principal}`
    const about = { id: undefined, principal, name: digest, address }
    const passage = await this.#throttle?.enter(account, address)
    if (passage && 'wait' in passage) throw this.#throttled(passage, about)
    const attempt = await this.#foundation.revocation.begin(principal ?? account)
    // Once more, for the password may have been changed before the attempt began (counterexample `old-password`).
    const user = await this.#users.findByName(name)
    const description = user ? this.#users.describe(user) : undefined
    const proven = await this.#prove(description?.id === principal ? description : undefined, password, attempt)
    if (typeof proven === 'string') {
      this.#foundation.events.emit('signInFailed', { ...about, reason: principal === null ? 'name' : proven })
      return undefined
    }
    await passage?.succeeded()
    this.#proofs.set(user!, await this.#renewed(user!, password, proven))
    return user!
  }

  /**
   * Signs a user in: a new token, while an anonymous cart stays and another user's data goes. Hand it the object that {@link authenticate} gave: it carries the proof that
   * the password was still good. Another object of a user, such as after a sign-up or a proof of another kind, is signed in as well.
   *
   * @throws ERR_SESSION_PRINCIPAL. At commit: ERR_SESSION_LOGIN_REVOKED if the user's sessions were revoked in between, as by a new password
   */
  async login(session: Session<Data>, user: User, options: AuthLoginOptions = {}): Promise<void> {
    const { id, password } = this.#users.describe(user)
    const proof = this.#proofs.get(user)
    const stamp = this.#stamp(proof?.encoded ?? password)
    await session.login(id, { ...options, stamp, ...(proof && { attempt: proof.attempt }) })
    this.#found.set(session, { principal: id, user: Promise.resolve(user) })
  }

  /** Ends the session, as `session.logout()` does. */
  async logout(session: Session<Data>, options: { readonly clearSiteData?: boolean } = {}): Promise<void> {
    await session.logout(options)
    this.#found.delete(session)
  }

  /**
   * Who is signed in; loaded once for each request. `undefined` if nobody is; if the user is gone, disabled, or has another password than at the sign-in, the
   * session is ended (ASVS 5.0 7.4.2, 7.4.3).
   */
  async user(session: Session<Data>): Promise<User | undefined> {
    const { principal } = await session.load()
    if (principal === null) return undefined
    const found = this.#found.get(session)
    if (found?.principal === principal) return found.user
    const user = this.#find(session, principal)
    this.#found.set(session, { principal, user })
    // An error is not remembered.
    user.catch(() => this.#found.delete(session))
    return user
  }

  /**
   * Asks who is signed in for the password again, before something sensitive: {@link requireFresh} then lets them pass. The session gets a new token. Failures count as those of
   * a sign-in do.
   *
   * @throws ERR_SESSION_THROTTLED
   */
  async reauthenticate(session: Session<Data>, password: string, { address }: ClientOptions = {}): Promise<boolean> {
    const { principal } = await session.load()
    if (principal === null) return false
    const about = { id: session.id, principal, name: undefined, address }
    const passage = await this.#throttle?.enter(`id ${principal}`, address)
    if (passage && 'wait' in passage) throw this.#throttled(passage, about)
    const attempt = await this.#foundation.revocation.begin(principal)
    this.#found.delete(session)
    const user = await this.user(session)
    if (!user) return false
    const proven = await this.#prove(this.#users.describe(user), password, attempt)
    if (typeof proven === 'string') {
      this.#foundation.events.emit('signInFailed', { ...about, reason: proven })
      return false
    }
    await passage?.succeeded()
    this.#proofs.set(user, await this.#renewed(user, password, proven))
    await this.login(session, user, rememberedAs(session))
    return true
  }

  // ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The text to store for a new password. @throws ERR_SESSION_PASSWORD, ERR_SESSION_CAPABILITY */
  hashPassword(password: string): Promise<string> {
    return this.#passwords.hash(password)
  }

  /** Whether it is the password of a stored text. No sign-in: it is not counted. @throws ERR_SESSION_CAPABILITY */
  verifyPassword(password: string, encoded: string): Promise<boolean> {
    return this.#passwords.verify(password, encoded)
  }

  /**
   * Saves a new password and ends all sessions of the user, sign-ins under way included, but for `except`, which gets a new token and is saved at once. Left out, none stays: after a
   * reset by mail, or by an administrator. When it throws, call it again.
   *
   * @throws ERR_SESSION_PASSWORD; ERR_SESSION_PRINCIPAL if `except` is not a session of the user
   */
  async changePassword(user: User, password: string, { except }: { readonly except?: Session<Data> } = {}): Promise<void> {
    const { id } = this.#users.describe(user)
    if (except && (await except.load()).principal !== id) {
      throw new SojournError('ERR_SESSION_PRINCIPAL', 'changePassword: the session that is to stay is not one of this user.')
    }
    const encoded = await this.#passwords.hash(password)
    await this.#users.savePassword(user, encoded)
    const { revocation, events } = this.#foundation
    // Where sessions cannot be found by principal, their stamps end them when they are next used.
    if (revocation.isAble) await revocation.revokeAll(id, except?.id)
    if (except) {
      await except.login(id, { ...rememberedAs(except), stamp: this.#stamp(encoded) })
      this.#found.delete(except)
      await except.commit()
    }
    await this.#throttle?.forget(`id ${id}`)
    events.emit('passwordChanged', { id: except?.id, principal: id })
  }

  // ── Guards ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets pass who is signed in. Others get 401, or with `redirectTo` a browser that visits a page is sent there. */
  requireLogin(options: LoginRefusalOptions = {}): Guard<Data> {
    return async (request, session) => ((await this.user(session)) ? undefined : signInFirst(this.#refused(request, session), options))
  }

  /**
   * Lets pass who proved who they are not longer ago than `within` (ASVS 5.0 7.5.1, 7.5.3): with {@link login} or {@link reauthenticate}.
   *
   * @example
   * ```ts from: examples/reference/auth.ts#requireFresh
   * app.post('/account/email', guard(sessions, auth.requireFresh('10m', { redirectTo: '/confirm' })), changeEmail)
   * ```
   */
  requireFresh(within: Duration, options: LoginRefusalOptions = {}): Guard<Data> {
    const most = readFreshness(within)
    return async (request, session) => {
      if (!(await this.user(session))) return signInFirst(this.#refused(request, session), options)
      const age = this.#foundation.clock.now() - (session.authenticatedAt ?? 0)
      return age <= most ? undefined : signInAgain(this.#refused(request, session), options, most)
    }
  }

  /** Lets pass the users of whom `allows` says so. Others get 403, and who is not signed in 401. */
  require(allows: (user: User, request: RequestLike) => boolean | Promise<boolean>): Guard<Data> {
    return async (request, session) => {
      const user = await this.user(session)
      if (!user) return signInFirst(this.#refused(request, session), {})
      return (await allows(user, request)) ? undefined : refusal(403, 'You may not do this.')
    }
  }

  // ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #refused(request: RequestLike, session: Session<Data>): RefusedRequest {
    return { request, link: linkOf(session, this.#foundation.urlParameter) }
  }

  /** A proof, or why there is none. Takes as long without a user. */
  async #prove(
    description: UserDescription | undefined,
    password: string,
    attempt: LoginAttempt,
  ): Promise<Proof | 'password' | 'disabled'> {
    const encoded = description?.password ?? undefined
    const isRight = await this.#passwords.verify(password, encoded)
    if (!isRight || encoded === undefined) return 'password'
    return description?.disabled ? 'disabled' : { attempt, encoded }
  }

  async #renewed(user: User, password: string, proof: Proof): Promise<Proof> {
    if (this.#passwords.isCurrent(proof.encoded)) return proof
    const encoded = await this.#passwords.hash(password)
    await this.#users.savePassword(user, encoded)
    return { ...proof, encoded }
  }

  async #find(session: Session<Data>, principal: string): Promise<User | undefined> {
    const user = await this.#users.findById(principal)
    if (user && this.#fits(session.stamp, this.#users.describe(user))) return user
    try {
      await session.destroy()
    } catch (error) {
      // Too late for this response to take the token away: the next request ends it.
      if (!(error instanceof SojournError) || !TOO_LATE.has(error.code)) throw error
    }
    return undefined
  }

  #fits(stamp: string | undefined, { disabled, password }: UserDescription): boolean {
    return !disabled && stamp !== undefined && this.#stamps.verify(password ?? '', stamp)
  }

  /** Tells one password from the next without telling anything of either (decision 0035). */
  #stamp(encoded: string | null | undefined): string {
    return this.#stamps.sign(encoded ?? '')
  }

  #throttled({ by, wait }: Refused, about: Omit<SessionEvents['signInThrottled'], 'by' | 'retryAfter'>): SojournError {
    const retryAfter = Math.ceil(wait / 1_000)
    this.#foundation.events.emit('signInThrottled', { ...about, by, retryAfter })
    const message = `Too many sign-ins have failed. Try again in ${retryAfter} seconds.`
    return new SojournError('ERR_SESSION_THROTTLED', message, { refusal: refusal(429, message, [['Retry-After', String(retryAfter)]]) })
  }
}

const TOO_LATE: ReadonlySet<string> = new Set(['ERR_SESSION_HEADERS_SENT', 'ERR_SESSION_COMMITTED'])

function rememberedAs({ remember }: { readonly remember: boolean | undefined }): { readonly remember?: boolean } {
  return remember === undefined ? {} : { remember }
}
