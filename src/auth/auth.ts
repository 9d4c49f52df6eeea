import { parseSpan } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import { isSojournError, optionError, SojournError } from '../core/basics/errors.ts'
import type { SessionEvents } from '../core/basics/events.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { internalsOf } from '../core/internals.ts'
import type { Internals } from '../core/internals.ts'
import type { Guard } from '../core/adapters.ts'
import { refusal } from '../core/basics/refusal.ts'
import type { Refusal } from '../core/basics/refusal.ts'
import type { LoginOptions, LogoutOptions, Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import type { Signer } from '../core/crypto/signing.ts'
import type { RequestLike } from '../core/contracts/transport.ts'
import { forgetChallenge, keepChallenge, readChallenge } from './challenge.ts'
import type { Challenge } from './challenge.ts'
import { keepAsked, takeAsked } from './asked.ts'
import type { AskedRequest } from './asked.ts'
import { askedBy, checkRefusal, isFresh, linkOf, readFreshness, signInAgain, signInFirst } from './guards.ts'
import type { LevelOptions, LoginRefusalOptions, RefusedRequest } from './guards.ts'
import { checkLevel, keepLevel, provenAt } from './levels.ts'
import { Passwords } from './passwords.ts'
import type { PasswordHashing, VerifyOther } from './passwords.ts'
import { Proof, provenBy } from './proof.ts'
import type { Proven } from './proof.ts'
import { requireRoom } from '../passwords/queue.ts'
import { Throttle } from './throttle.ts'
import type { AllowedAttempt, Throttled, ThrottleOptions } from './throttle.ts'
import { canonicalName } from './users.ts'
import type { UserDescription, Users } from './users.ts'

/** What {@link createAuth} takes. */
export interface AuthOptions<User extends object, Data extends object> {
  readonly sessions: Sessions<Data>
  readonly users: Users<User>
  /** How new passwords are hashed. Default `{ algorithm: 'argon2id' }`. */
  readonly passwords?: PasswordHashing
  /**
   * Verifies stored passwords of a format that is not known here, such as bcrypt. One that it confirms is hashed anew.
   */
  readonly verifyOther?: VerifyOther
  /** How many sign-ins may fail. `false`: any number. */
  readonly throttle?: ThrottleOptions | false
}

/** Options of {@link Auth.login}, as those of `session.login`. */
export type AuthLoginOptions = Pick<LoginOptions, 'remember' | 'keep'>

/** Where a sign-in comes from. */
export interface ClientOptions {
  /**
   * The client's address, such as `request.ip`. Behind a proxy, use the one that the proxy reports; otherwise all
   * clients count as one.
   */
  readonly address?: string | undefined
}

/** Options of {@link Auth.challenge}, and of the login that it leads to. */
export interface ChallengeOptions extends AuthLoginOptions {
  /** How long the second proof may take. Default `'5m'`, at most `'1h'`. */
  readonly within?: Duration
  /** What the second proof is worth: {@link Auth.requireLevel} asks for it, such as `'otp'`. */
  readonly level?: string
}

/** Whether the second proof of a user is right, such as a code of their phone. */
export type SecondProof<User extends object> = (user: User) => boolean | Promise<boolean>

/**
 * Finds out and remembers which user a session belongs to. Make it once, at start.
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
  checkOptions('createAuth', options, OPTIONS)
  const missing = USERS.find((name) => typeof (options.users as Users<User> | undefined)?.[name] !== 'function')
  if (missing !== undefined) throw optionError(`createAuth: users.${missing} is missing. Write users: { ${USERS.join(', ')} }.`)
  return new Auth(options)
}

const USERS = ['findByName', 'findById', 'savePassword', 'describe'] as const
const OPTIONS: KnownOptions<AuthOptions<never, never>> = { sessions: true, users: true, passwords: true, verifyOther: true, throttle: true }
const CLIENT: KnownOptions<ClientOptions> = { address: true }
const LOGIN: KnownOptions<AuthLoginOptions> = { remember: true, keep: true }
const CHALLENGE: KnownOptions<ChallengeOptions> = { ...LOGIN, within: true, level: true }

/** Made by {@link createAuth}. */
export class Auth<User extends object, Data extends object = Record<string, unknown>> {
  readonly #users: Users<User>
  readonly #passwords: Passwords
  readonly #throttle: Throttle | undefined
  readonly #internals: Internals
  readonly #stamps: Signer
  readonly #names: Signer
  readonly #canonicalName: (name: string) => string
  /** The users that requests have loaded already. */
  readonly #loaded = new WeakMap<Session<Data>, { readonly principal: string; readonly user: Promise<User | undefined> }>()

  /** Made by {@link createAuth}. */
  constructor({ sessions, users, passwords = { algorithm: 'argon2id' }, verifyOther, throttle = {} }: AuthOptions<User, Data>) {
    this.#users = users
    this.#canonicalName = users.canonicalName ? (name) => users.canonicalName!(name) : canonicalName
    this.#passwords = new Passwords(passwords, verifyOther)
    this.#internals = internalsOf(sessions, 'createAuth({ sessions, users })')
    this.#throttle = throttle === false ? undefined : new Throttle(this.#internals, throttle)
    this.#stamps = this.#internals.signer('stamp')
    this.#names = this.#internals.signer('name')
    this.#internals.stampBy(async (principal) => {
      const user = await users.findById(principal)
      const description = user ? users.describe(user) : undefined
      return description && !description.disabled ? this.#stamp(description.password) : null
    })
  }

  // ── Signing in and out ───────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Checks a name and a password. Returns a proof that holds the user as `user`; `undefined` for an unknown name, a
   * wrong password and a disabled user alike, and after the same time. It signs nobody in yet: hand the proof to
   * {@link login}. A password that is stored in an older format is hashed anew.
   *
   * @throws ERR_SESSION_THROTTLED after too many failures; its refusal is a 429 with `Retry-After`. ERR_SESSION_BUSY
   * while too many
   *   passwords wait to be looked at; its refusal is a 503. Also what the store and `users` throw
   */
  async authenticate(name: string, password: string, client: ClientOptions = {}): Promise<Proof<User> | undefined> {
    const address = addressOf('auth.authenticate', client)
    requireRoom()
    const digest = this.#names.sign(name)
    // The count and the look-up must agree on what a name is, or a 429 tells who exists.
    const canonical = this.#canonicalName(name)
    const first = await this.#users.findByName(canonical)
    const principal = first ? this.#users.describe(first).id : null
    // An unknown name has a count and an epoch too, so that it costs the same calls.
    const account = principal === null ? `name ${this.#names.sign(canonical)}` : `id ${principal}`
    const about = { id: undefined, principal, name: digest, address }
    const allowed = await this.#allow(account, about)
    const attempt = await this.#internals.revocation.begin(principal ?? account)
    // Once more, because the password may have been changed before the attempt began (counterexample `old-password`).
    const user = await this.#users.findByName(canonical)
    const description = user ? this.#users.describe(user) : undefined
    const proven = await this.#prove(description?.id === principal ? description : undefined, password, allowed)
    if ('reason' in proven) {
      this.#internals.events.emit('signInFailed', { ...about, reason: principal === null ? 'name' : proven.reason })
      return undefined
    }
    await allowed?.succeeded()
    const encoded = await this.#rehashed(user!, password, proven.encoded)
    return new Proof(user!, { attempt, stamp: this.#stamp(encoded) })
  }

  /**
   * Completes a sign-in: makes the session that of the proven user, with a new token. Data of an anonymous session
   * stay, those of another user go.
   *
   * @throws ERR_SESSION_PROOF for what {@link authenticate} did not return. At commit: ERR_SESSION_LOGIN_REVOKED if
   * the user's
   *   sessions were revoked since the attempt began, as by a new password
   */
  login(session: Session<Data>, proof: Proof<User>, options: AuthLoginOptions = {}): Promise<void> {
    return this.#announce(session, async () => {
      if (!(proof instanceof Proof)) {
        throw new SojournError(
          'ERR_SESSION_PROOF',
          'auth.login: give it what auth.authenticate returned. Where no password was checked, call auth.loginWithoutPassword.',
        )
      }
      checkOptions('auth.login', options, LOGIN)
      await this.#signIn(session, proof.user, provenBy(proof), options)
    })
  }

  /**
   * Signs a user in whose password was not checked: after a sign-up, or after a proof of another kind, such as a
   * passkey or another service.
   *
   * @throws ERR_SESSION_PRINCIPAL; at commit ERR_SESSION_LOGIN_REVOKED
   */
  loginWithoutPassword(session: Session<Data>, user: User, options: AuthLoginOptions = {}): Promise<void> {
    return this.#announce(session, async () => {
      checkOptions('auth.loginWithoutPassword', options, LOGIN)
      const { id, password } = this.#users.describe(user)
      await this.#signIn(session, user, { attempt: await this.#internals.revocation.begin(id), stamp: this.#stamp(password) }, options)
    })
  }

  // ── A second factor ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Keeps a proof in the session until the user has given a second one. Nobody is signed in by it, and whoever was
   * is signed out. It ends after `within`, by a new password, and with the session.
   *
   * @throws ERR_SESSION_PROOF, ERR_SESSION_DURATION
   */
  challenge(session: Session<Data>, proof: Proof<User>, challengeOptions: ChallengeOptions = {}): Promise<void> {
    return this.#announce(session, async () => {
      if (!(proof instanceof Proof)) throw new SojournError('ERR_SESSION_PROOF', 'auth.challenge: give it what auth.authenticate returned.')
      checkOptions('auth.challenge', challengeOptions, CHALLENGE)
      const { within = '5m', level, ...options } = challengeOptions
      if (level !== undefined) checkLevel('auth.challenge', level)
      const { principal } = await session.load()
      const proven = provenBy(proof)
      if (principal !== null && principal !== proven.attempt.principal) await this.logout(session)
      const pause = Math.min(parseSpan(within, 'challenge.within'), MAX_CHALLENGE)
      // Whoever else holds the token of before does not see whom it is about.
      if (session.id !== undefined) await session.rotate()
      keepChallenge(this.#internals.backendOf(session), {
        ...proven,
        options,
        ...(level !== undefined && { level }),
        until: this.#internals.clock.now() + pause,
      })
    })
  }

  /** The user whose second proof is awaited, for the page that asks for it; otherwise `undefined`. */
  async challenged(session: Session<Data>): Promise<User | undefined> {
    return (await this.#challenged(session))?.user
  }

  /**
   * Takes the second proof: `isRight` is asked about the user, and if it returns true, the user is signed in and
   * returned. `undefined` if it is wrong, and if nothing is awaited. Failures count like those of a sign-in.
   *
   * @throws ERR_SESSION_THROTTLED; at commit ERR_SESSION_LOGIN_REVOKED
   */
  async answerChallenge(session: Session<Data>, isRight: SecondProof<User>, client: ClientOptions = {}): Promise<User | undefined> {
    const address = addressOf('auth.answerChallenge', client)
    const found = await this.#challenged(session)
    if (!found) return undefined
    const { user, challenge } = found
    const { principal } = challenge.attempt
    const about = { id: session.id, principal, name: undefined, address }
    const allowed = await this.#allow(`second ${principal}`, about)
    if (!(await isRight(user))) {
      this.#internals.events.emit('signInFailed', { ...about, reason: 'challenge' })
      return undefined
    }
    await allowed?.succeeded()
    await this.#signIn(session, user, challenge, challenge.options)
    if (challenge.level !== undefined) keepLevel(this.#internals.backendOf(session), challenge.level, this.#internals.clock.now())
    return user
  }

  /**
   * Takes a further proof of the user who is signed in, such as a code of their phone, before something sensitive:
   * `isRight` is asked about the user. If it returns true, the session has the level from now on and gets a new token,
   * and {@link requireLevel} lets the user pass. `false` if it is wrong, if nobody is signed in, and for whoever acts
   * for somebody. Failures count like those of a sign-in.
   *
   * @throws ERR_SESSION_THROTTLED, ERR_SESSION_OPTIONS
   */
  async stepUp(session: Session<Data>, level: string, isRight: SecondProof<User>, client: ClientOptions = {}): Promise<boolean> {
    checkLevel('auth.stepUp', level)
    const address = addressOf('auth.stepUp', client)
    const user = await this.user(session)
    if (!user || session.actor !== undefined) return false
    const { id, principal } = session
    const about = { id, principal, name: undefined, address }
    const allowed = await this.#allow(`second ${principal}`, about)
    if (!(await isRight(user))) {
      this.#internals.events.emit('signInFailed', { ...about, reason: 'challenge' })
      return false
    }
    await allowed?.succeeded()
    await session.rotate()
    keepLevel(this.#internals.backendOf(session), level, this.#internals.clock.now())
    return true
  }

  /**
   * The form that {@link requireFresh} or {@link requireLevel} refused last when it sent a browser to `redirectTo`: its
   * method and address, not its body. Returned once, otherwise `undefined`. Lead the user back to it, and let them send
   * it themselves. Pages have the way back in `next` instead.
   */
  async takeAsked(session: Session<Data>): Promise<AskedRequest | undefined> {
    await session.load()
    return takeAsked(this.#internals.backendOf(session))
  }

  /** Ends the session, as `session.logout()` does. */
  logout(session: Session<Data>, options: LogoutOptions = {}): Promise<void> {
    this.#loaded.delete(session)
    return session.logout(options)
  }

  /**
   * The user who is signed in; loaded once for each request. `undefined` if nobody is. If the user no longer exists, is
   * disabled, or has another password than at the sign-in, the session is ended (ASVS 5.0 7.4.2, 7.4.3).
   */
  async user(session: Session<Data>): Promise<User | undefined> {
    const { principal } = await session.load()
    if (principal === null) return undefined
    const loaded = this.#loaded.get(session)
    if (loaded?.principal === principal) return loaded.user
    const user = this.#find(session, principal)
    this.#loaded.set(session, { principal, user })
    // After an error, the next call loads again.
    user.catch(() => this.#loaded.delete(session))
    return user
  }

  /**
   * Checks the password of the user who is signed in, before something sensitive. If it is right, returns `true`, gives
   * the session a new token, and {@link requireFresh} lets the user pass. `false` for a wrong password, and if nobody
   * is signed in. Failures count like those of a sign-in.
   *
   * @throws ERR_SESSION_THROTTLED
   */
  async reauthenticate(session: Session<Data>, password: string, client: ClientOptions = {}): Promise<boolean> {
    const address = addressOf('auth.reauthenticate', client)
    const { principal } = await session.load()
    if (principal === null) return false
    requireRoom()
    const about = { id: session.id, principal, name: undefined, address, ...actorOf(session) }
    const allowed = await this.#allow(`id ${principal}`, about)
    const attempt = await this.#internals.revocation.begin(principal)
    this.#loaded.delete(session)
    const user = await this.user(session)
    if (!user) return false
    const proven = await this.#prove(this.#users.describe(user), password, allowed)
    if ('reason' in proven) {
      this.#internals.events.emit('signInFailed', { ...about, reason: proven.reason })
      return false
    }
    await allowed?.succeeded()
    const encoded = await this.#rehashed(user, password, proven.encoded)
    await this.#signIn(session, user, { attempt, stamp: this.#stamp(encoded) }, rememberedAs(session))
    return true
  }

  // ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The text to store for a new password. @throws ERR_SESSION_PASSWORD, ERR_SESSION_CAPABILITY */
  hashPassword(password: string): Promise<string> {
    return this.#passwords.hash(password)
  }

  /**
   * Whether a password matches a stored text. It is no attempt to sign in: failures are not counted.
   *
   * @throws ERR_SESSION_CAPABILITY
   */
  verifyPassword(password: string, encoded: string): Promise<boolean> {
    return this.#passwords.verify(password, encoded)
  }

  /**
   * Saves a new password and ends all sessions of the user, including sign-ins under way. Only `except` stays: it gets
   * a new token and is saved at once. Leave it out after a reset by mail or by an administrator. If it throws, call it
   * again.
   *
   * @throws ERR_SESSION_PASSWORD; ERR_SESSION_PRINCIPAL if `except` is not a session of the user; ERR_SESSION_ACTING
   *   if somebody acts for the user in it
   */
  async changePassword(user: User, password: string, { except }: { readonly except?: Session<Data> } = {}): Promise<void> {
    const { id } = this.#users.describe(user)
    if ((await except?.load())?.actor !== undefined) {
      throw new SojournError('ERR_SESSION_ACTING', 'changePassword: the session that is to stay acts for somebody. Use auth.requireOwner.')
    }
    if (except && except.principal !== id) {
      throw new SojournError('ERR_SESSION_PRINCIPAL', 'changePassword: the session that is to stay is not one of this user.')
    }
    const encoded = await this.#passwords.hash(password)
    await this.#users.savePassword(user, encoded)
    const { revocation, events } = this.#internals
    // If the store cannot list sessions by principal, their stamps end them when they are next used.
    if (revocation.isAble) await revocation.revokeAll(id, except && ((epoch) => this.#stay(except, epoch)))
    if (except) {
      await except.login(id, { ...rememberedAs(except), stamp: this.#stamp(encoded) })
      this.#loaded.delete(except)
      await except.commit()
    }
    await this.#throttle?.forget(`id ${id}`)
    events.emit('passwordChanged', { id: except?.id, principal: id })
  }

  /** Gives the session that stays the epoch that the others are revoked by. It gets a new token at its login. */
  async #stay(session: Session<Data>, epoch: string): Promise<string | undefined> {
    this.#internals.backendOf(session).change({ type: 'stay', epoch })
    await session.commit()
    return session.id
  }

  // ── Guards ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Allows users who are signed in. Others get 401; with `redirectTo`, a browser that visits a page is sent there
   * instead.
   */
  requireLogin(options: LoginRefusalOptions = {}): Guard<Data> {
    checkRefusal('auth.requireLogin', options)
    return async (request, session) => ((await this.user(session)) ? undefined : signInFirst(this.#refused(request, session), options))
  }

  /**
   * Allows users whose last proof of identity, by {@link login} or {@link reauthenticate}, is not older than `within`
   * (ASVS 5.0 7.5.1, 7.5.3). Others are refused as by {@link requireLogin}.
   *
   * @example
   * ```ts from: examples/reference/auth.ts#requireFresh
   * app.post('/account/email', guard(sessions, auth.requireFresh('10m', { redirectTo: '/confirm' })), changeEmail)
   * ```
   */
  requireFresh(within: Duration, options: LoginRefusalOptions = {}): Guard<Data> {
    checkRefusal('auth.requireFresh', options)
    const maxAge = readFreshness(within)
    return async (request, session) => {
      if (!(await this.user(session))) return signInFirst(this.#refused(request, session), options)
      if (isFresh(session.authenticatedAt ?? 0, maxAge, this.#internals.clock.now())) return undefined
      return this.#again(request, session, options, maxAge)
    }
  }

  /**
   * Allows users who proved a further factor in this session, by {@link stepUp} or by a {@link challenge} with this
   * `level`, not longer ago than `within`. Others are refused as by {@link requireFresh}.
   *
   * @example
   * ```ts from: examples/guide/auth/second-factor.ts#level
   * const payers = guard(sessions, auth.requireLevel('otp', { within: '10m', redirectTo: '/code-again' }))
   * app.post('/pay', payers, (_req, res) => void res.send('Paid'))
   * ```
   */
  requireLevel(level: string, { within, ...options }: LevelOptions = {}): Guard<Data> {
    checkLevel('auth.requireLevel', level)
    checkRefusal('auth.requireLevel', options)
    const maxAge = within === undefined ? undefined : readFreshness(within, 'requireLevel')
    return async (request, session) => {
      if (!(await this.user(session))) return signInFirst(this.#refused(request, session), options)
      const at = provenAt(this.#internals.backendOf(session), level)
      if (at !== undefined && isFresh(at, maxAge ?? Infinity, this.#internals.clock.now())) return undefined
      return this.#again(request, session, options, maxAge)
    }
  }

  /**
   * Allows users who are signed in themselves. Who acts for them, by `session.actAs`, gets 403: for passwords, second
   * factors and payments. Visitors who are not signed in are refused as by {@link requireLogin}.
   */
  requireOwner(options: LoginRefusalOptions = {}): Guard<Data> {
    checkRefusal('auth.requireOwner', options)
    return async (request, session) => {
      if (!(await this.user(session))) return signInFirst(this.#refused(request, session), options)
      return session.actor === undefined ? undefined : refusal(403, 'Only the owner of this account may do this.')
    }
  }

  /** Allows users for whom `allows` returns true. Others get 403; visitors who are not signed in get 401. */
  require(allows: (user: User, request: RequestLike) => boolean | Promise<boolean>): Guard<Data> {
    if (typeof allows !== 'function') throw optionError('auth.require: write a function of the user, such as (user) => user.isAdmin.')
    return async (request, session) => {
      const user = await this.user(session)
      if (!user) return signInFirst(this.#refused(request, session), {})
      return (await allows(user, request)) ? undefined : refusal(403, 'You may not do this.')
    }
  }

  // ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** So that a forgotten `await` loses nothing. */
  #announce(session: Session<Data>, work: () => Promise<void>): Promise<void> {
    return this.#internals.backendOf(session).announce(work)
  }

  async #again(request: RequestLike, session: Session<Data>, options: LoginRefusalOptions, maxAge: number | undefined): Promise<Refusal> {
    const refused = this.#refused(request, session)
    const asked = askedBy(refused, options)
    if (asked) {
      try {
        keepAsked(this.#internals.backendOf(session), asked)
      } catch (error) {
        // Where nothing can be kept, the user begins anew.
        if (!isSojournError(error) || !TOO_LATE.has(error.code)) throw error
      }
    }
    return signInAgain(refused, options, maxAge)
  }

  #refused(request: RequestLike, session: Session<Data>): RefusedRequest {
    return { request, link: linkOf(session, this.#internals.urlParameter) }
  }

  async #signIn(session: Session<Data>, user: User, { attempt, stamp }: Proven, options: AuthLoginOptions): Promise<void> {
    const { id } = this.#users.describe(user)
    await session.load()
    forgetChallenge(this.#internals.backendOf(session))
    await session.login(id, { ...options, stamp, attempt })
    this.#loaded.set(session, { principal: id, user: Promise.resolve(user) })
  }

  async #challenged(session: Session<Data>): Promise<{ readonly user: User; readonly challenge: Challenge } | undefined> {
    await session.load()
    const challenge = readChallenge(this.#internals.backendOf(session), this.#internals.clock.now())
    const user = challenge && (await this.#users.findById(challenge.attempt.principal))
    return user && this.#isStampValid(challenge.stamp, this.#users.describe(user)) ? { user, challenge } : undefined
  }

  /** @throws ERR_SESSION_THROTTLED */
  async #allow(account: string, about: Omit<SessionEvents['signInThrottled'], 'by' | 'retryAfter'>): Promise<AllowedAttempt | undefined> {
    const allowed = await this.#throttle?.begin(account, about.address)
    if (allowed && 'wait' in allowed) throw this.#throttledError(allowed, about)
    return allowed
  }

  /** The stored text that the password is right for, or why there is none. Takes the same time without a user. */
  async #prove(
    description: UserDescription | undefined,
    password: string,
    allowed: AllowedAttempt | undefined,
  ): Promise<{ readonly encoded: string } | { readonly reason: 'password' | 'disabled' }> {
    const encoded = description?.password ?? undefined
    const isRight = await this.#passwords.verify(password, encoded).catch(async (error: unknown) => {
      if (isSojournError(error) && error.code === 'ERR_SESSION_BUSY') await allowed?.withdraw()
      throw error
    })
    if (!isRight || encoded === undefined) return { reason: 'password' }
    return description?.disabled ? { reason: 'disabled' } : { encoded }
  }

  async #rehashed(user: User, password: string, encoded: string): Promise<string> {
    if (this.#passwords.isCurrent(encoded)) return encoded
    const text = await this.#passwords.hash(password)
    await this.#users.savePassword(user, text)
    return text
  }

  async #find(session: Session<Data>, principal: string): Promise<User | undefined> {
    const user = await this.#users.findById(principal)
    if (user && this.#isStampValid(session.stamp, this.#users.describe(user)) && (await this.#mayAct(session))) return user
    try {
      await session.destroy()
    } catch (error) {
      // Too late for this response to take the token away: the next request does it.
      if (!isSojournError(error) || !TOO_LATE.has(error.code)) throw error
    }
    return undefined
  }

  /** Who acts for the user must be somebody who may sign in, too. */
  async #mayAct(session: Session<Data>): Promise<boolean> {
    const { acting } = this.#internals.backendOf(session)
    if (!acting) return true
    const actor = await this.#users.findById(acting.actor)
    return actor ? this.#isStampValid(acting.stamp, this.#users.describe(actor)) : false
  }

  #isStampValid(stamp: string | undefined, { disabled, password }: UserDescription): boolean {
    return !disabled && stamp !== undefined && this.#stamps.verify(password ?? '', stamp)
  }

  /** Differs from one password to the next, and reveals nothing of either (decision 0035). */
  #stamp(encoded: string | null | undefined): string {
    return this.#stamps.sign(encoded ?? '')
  }

  #throttledError({ by, wait }: Throttled, about: Omit<SessionEvents['signInThrottled'], 'by' | 'retryAfter'>): SojournError {
    const retryAfter = Math.ceil(wait / 1_000)
    this.#internals.events.emit('signInThrottled', { ...about, by, retryAfter })
    const message = `Too many sign-ins have failed. Try again in ${retryAfter} seconds.`
    return new SojournError('ERR_SESSION_THROTTLED', message, { refusal: refusal(429, message, [['Retry-After', String(retryAfter)]]) })
  }
}

function addressOf(where: string, client: ClientOptions): string | undefined {
  checkOptions(where, client, CLIENT)
  return client.address
}

/** An attempt is too old after that. */
const MAX_CHALLENGE = 3_600_000

const TOO_LATE: ReadonlySet<string> = new Set(['ERR_SESSION_HEADERS_SENT', 'ERR_SESSION_COMMITTED', 'ERR_SESSION_READ_ONLY'])

function actorOf({ actor }: { readonly actor: string | undefined }): { readonly actor?: string } {
  return actor === undefined ? {} : { actor }
}

function rememberedAs({ remember }: { readonly remember: boolean | undefined }): { readonly remember?: boolean } {
  return remember === undefined ? {} : { remember }
}
