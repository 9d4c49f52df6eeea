import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Adoptable } from './features/adopt.ts'
import { parseSpan, parseWait, systemClock } from './basics/time.ts'
import type { Clock, Duration } from './basics/time.ts'
import type { SessionLimit } from './storage/session-limit.ts'
import type { RequestLike } from './contracts/transport.ts'
import { optionError } from './basics/errors.ts'
import { checkOptions } from './basics/known-options.ts'
import type { KnownOptions } from './basics/known-options.ts'
import { warnOnce } from './basics/warn-once.ts'
import { isMonotonous, secretOf } from './crypto/keys.ts'
import type { Secret } from './crypto/keys.ts'
import { ROTATION_GRACE, ROTATION_PENDING_AGE } from './record/policy.ts'
import type { OnStoreDown, Policy, RotationPolicy, Unconfirmed } from './record/policy.ts'
import { randomText } from './crypto/random.ts'
import type { Migrate } from './record/schema.ts'
import type { SealedStore } from './features/sealed/records.ts'
import type { SessionStore } from './contracts/store.ts'

/** What `createSessions` takes, whatever the transport. */
export interface CoreOptions {
  /**
   * Application secrets of at least 32 characters each: the first signs, all verify. To change the secret, put the new
   * one in front, and remove the old one after the absolute timeout. Required, except with `development: true`, which
   * makes one for the process if there is none. An `undefined` one, of a variable that is not set, is refused at start.
   */
  readonly secrets?: readonly (string | undefined)[]
  /**
   * Where sessions live. `sealedStore()`: with the client. If left out: in the memory of this process, with a warning
   * outside development.
   */
  readonly store?: SessionStore | SealedStore
  /**
   * A synchronous Standard Schema (zod, valibot, arktype …) of an object. It types the data and checks it, key by key,
   * when a value is written and when it is read.
   */
  readonly schema?: StandardSchemaV1
  /**
   * Mends a stored value that no longer fits the schema. A value that it cannot mend is dropped with an `unreadable`
   * event.
   */
  readonly migrate?: Migrate
  /**
   * The session ends after this much inactivity, or up to a tenth earlier, because a touch is not written at every
   * request. Default `'30m'`.
   */
  readonly idleTimeout?: Duration
  /**
   * The session ends this long after it was created, or after its last login, even if it is in use. Default `'30d'`.
   */
  readonly absoluteTimeout?: Duration
  /**
   * Signed-in sessions get a new token after this long (routine rotation). Off if left out; at least 8 minutes. Use `{
   * every, unconfirmed: 'event' }` where clients may keep no cookies, such as scripts with a fixed cookie.
   */
  readonly rotateEvery?: Duration | RotationOptions
  /**
   * Distinguishes the applications of one host or store; it is part of the cookie's name. Letters, digits, `-` and `_`.
   * Default `'session'`.
   */
  readonly name?: string
  /** The largest encoded value, in bytes. Default 65,536. */
  readonly maxValueSize?: number
  /** Bytes of all values of one session together, as they are stored. Default 1,048,576. */
  readonly maxRecordSize?: number
  /**
   * How long one call of the store may take. After that the request goes on with ERR_SESSION_STORE_TIMEOUT. Default
   * `'2s'`.
   */
  readonly storeTimeout?: Duration
  /**
   * What a read returns while the store is down. `'fail'`, the default: it throws the store's error, so that you can
   * respond with 503. `'anonymous'`: an empty session, for pages that are useful without one. What such a request
   * changes is not saved: its commit fails, and `login`, `logout`, `destroy` and `rotate` fail at once. One request can
   * choose for itself: `session.load({ onStoreDown })`.
   */
  readonly onStoreDown?: OnStoreDown
  /**
   * How many sessions one principal may have at a time; no limit if left out. A number: the sessions that signed in
   * first end. `{ limit, exceeded: 'refuse' }`: the new sign-in fails with ERR_SESSION_TOO_MANY. Needs a store that
   * finds sessions by principal.
   */
  readonly maxSessionsPerPrincipal?: number | SessionLimit
  /**
   * Marks browsers by a cookie of their own, for 400 days, so that a sign-in knows whether the principal signed in
   * there before: `session.device`, `device` of the event `login`, and the event `newDevice`. Default `false`. Needs
   * cookies.
   */
  readonly deviceMark?: boolean
  /**
   * Systems whose sessions are adopted: `adoptExpressSession`, `adoptDjango`, `adoptFlask` of `sojourn/interop`. A
   * visitor who arrives with only their cookie gets a session with that data and that principal, once. Not with
   * `sealedStore()`.
   */
  readonly adopt?: readonly Adoptable[]
  /**
   * How often the sessions of open connections (`session.live()`) are checked: this process calls `load` for each. A
   * store with notices is asked a tenth as often. Default `'1s'`.
   */
  readonly liveInterval?: Duration
  /**
   * The client's address, for lists of sessions, events and alarms, where the adapter knows only that of a proxy:
   * `(request) => request.headers.get('cf-connecting-ip')`. Express, Fastify and Koa know it by their own settings.
   * Read only what your own proxy sets.
   */
  readonly address?: (request: RequestLike) => string | null | undefined
  /**
   * Encrypts the records in the store with AES-256-GCM. Default `false`: then they can be read in the store, but not
   * changed, because each carries a MAC. One that was changed is no session, with the event `unreadable`. Both kinds
   * are read, so it can be switched while sessions live; whoever reads a record of the other kind writes it anew.
   */
  readonly encrypt?: boolean
  /**
   * For an upgrade from 0.1.0, whose records had no MAC: until this instant, epoch milliseconds, they are read, and get
   * one at their next change. Until then, whoever can write the store can make a session. Not needed with `encrypt`.
   */
  readonly acceptUnsignedUntil?: number
  /** Where the time comes from. Replace it in tests. */
  readonly clock?: Clock
  /**
   * For plain HTTP on your own machine: cookies without `Secure` and `__Host-`, a secret for the process if there is
   * none. What would be lost throws: values that are changed in place, assignments to the handle. Changes that nobody
   * saves are told. Default `false`.
   */
  readonly development?: boolean
}

/** Routine rotation. */
export interface RotationOptions {
  readonly every: Duration
  /**
   * What to do when a client has never used the last two new tokens. `'replace'`, the default: the third new token
   * becomes current at once, and whoever still uses the old one raises the alarm. `'event'`: the old token stays good,
   * and each further new token emits an `unconfirmed` event. A thief who takes every new token and uses none of them is
   * then reported, but not stopped.
   */
  readonly unconfirmed?: Unconfirmed
}

/** The options, checked and with their defaults. */
export interface Settings {
  readonly secrets: readonly Secret[]
  readonly policy: Policy
  readonly name: string
  readonly maxValueSize: number
  readonly maxRecordSize: number
  /** Milliseconds. */
  readonly storeTimeout: number
  readonly onStoreDown: OnStoreDown
  readonly sessionLimit: SessionLimit | undefined
  readonly deviceMark: boolean
  /** Milliseconds. */
  readonly liveInterval: number
  readonly encrypt: boolean
  readonly acceptUnsignedUntil: number
  readonly clock: Clock
  readonly development: boolean
}

const MIN_SECRET_LENGTH = 32

/** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION; the message says what is wrong and what to write */
export function readOptions(options: CoreOptions): Settings {
  const development = checkBoolean('development', options.development)
  if (development && process.env['NODE_ENV'] === 'production') {
    warnOnce('development: true while NODE_ENV is production: session cookies are sent without Secure.')
  }
  checkLater(options)
  const policy = readPolicy(options)
  const name = options.name ?? 'session'
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw optionError(`name: ${JSON.stringify(name)} may hold letters, digits, '-' and '_' only, at most 64.`)
  }
  const maxValueSize = options.maxValueSize ?? 65_536
  if (!Number.isSafeInteger(maxValueSize) || maxValueSize < 1)
    throw optionError('maxValueSize: write a whole number of bytes, such as 65536.')
  return {
    secrets: readSecrets(options.secrets, development).map((secret) => secretOf(secret)),
    policy,
    name,
    maxValueSize,
    maxRecordSize: readMaxRecordSize(options.maxRecordSize, maxValueSize),
    storeTimeout: parseWait(options.storeTimeout ?? '2s', 'storeTimeout'),
    onStoreDown: checkOnStoreDown(options.onStoreDown ?? 'fail'),
    sessionLimit: readLimit(options.maxSessionsPerPrincipal),
    deviceMark: checkBoolean('deviceMark', options.deviceMark),
    liveInterval: parseWait(options.liveInterval ?? '1s', 'liveInterval'),
    encrypt: checkBoolean('encrypt', options.encrypt),
    acceptUnsignedUntil: readInstant('acceptUnsignedUntil', options.acceptUnsignedUntil),
    clock: readClock(options.clock),
    development,
  }
}

function readClock(given: Clock | undefined): Clock {
  if (given === undefined) return systemClock
  if (typeof given?.now !== 'function' || typeof given.now() !== 'number')
    throw optionError('clock: write { now: () => … }, which returns epoch milliseconds, such as testClock() of sojourn/testing.')
  return given
}

/** What is called or walked over only later, when a request would fail. */
function checkLater({ address, migrate, adopt }: CoreOptions): void {
  if (address !== undefined && typeof address !== 'function') throw optionError('address: write a function, (request) => ….')
  if (migrate !== undefined && typeof migrate !== 'function') throw optionError('migrate: write a function, (key, value) => ….')
  if (adopt !== undefined && !Array.isArray(adopt)) throw optionError('adopt: write a list, adopt: [adoptExpressSession(…)].')
}

function readInstant(name: string, given: number | undefined): number {
  if (given !== undefined && !Number.isFinite(given))
    throw optionError(`${name}: write epoch milliseconds, such as Date.parse('2027-01-31').`)
  return given ?? 0
}

function readMaxRecordSize(given: number | undefined, maxValueSize: number): number {
  const size = given ?? Math.max(1_048_576, 2 * maxValueSize)
  if (!Number.isSafeInteger(size) || size < maxValueSize)
    throw optionError('maxRecordSize: write a whole number of bytes, such as 1048576, not below maxValueSize.')
  return size
}

function readPolicy(options: CoreOptions): Policy {
  const idleTimeout = parseSpan(options.idleTimeout ?? '30m', 'idleTimeout')
  const absoluteTimeout = parseSpan(options.absoluteTimeout ?? '30d', 'absoluteTimeout')
  if (idleTimeout > absoluteTimeout) {
    throw optionError('idleTimeout is longer than absoluteTimeout, so it would never count. Make it shorter, or absoluteTimeout longer.')
  }
  return { idleTimeout, absoluteTimeout, rotation: readRotation(options.rotateEvery) }
}

const ROTATION_OPTIONS: KnownOptions<RotationOptions> = { every: true, unconfirmed: true }

function readRotation(rotateEvery: Duration | RotationOptions | undefined): RotationPolicy | undefined {
  if (rotateEvery === undefined) return undefined
  const given = typeof rotateEvery === 'object' && rotateEvery !== null ? rotateEvery : { every: rotateEvery }
  checkOptions<RotationOptions>('rotateEvery', given, ROTATION_OPTIONS)
  const { every, unconfirmed = 'replace' } = given
  if (unconfirmed !== 'replace' && unconfirmed !== 'event') {
    throw optionError(`rotateEvery.unconfirmed: write 'replace' or 'event', not ${JSON.stringify(unconfirmed)}.`)
  }
  const interval = parseSpan(every, 'rotateEvery')
  const least = ROTATION_PENDING_AGE + ROTATION_GRACE + 60_000
  if (interval < least)
    throw optionError(`rotateEvery: at least ${least / 60_000} minutes, or tokens on their way would raise false alarms.`)
  return { interval, grace: ROTATION_GRACE, pendingAge: ROTATION_PENDING_AGE, unconfirmed }
}

const LIMIT_OPTIONS: KnownOptions<SessionLimit> = { limit: true, exceeded: true }

function readLimit(given: number | SessionLimit | undefined): SessionLimit | undefined {
  if (given === undefined) return undefined
  if (typeof given === 'object') checkOptions<SessionLimit>('maxSessionsPerPrincipal', given, LIMIT_OPTIONS)
  const { limit, exceeded } = typeof given === 'number' ? { limit: given, exceeded: 'end-oldest' as const } : given
  if (!Number.isSafeInteger(limit) || limit < 1 || !['end-oldest', 'refuse'].includes(exceeded)) {
    throw optionError("maxSessionsPerPrincipal: write a whole number above zero, or { limit: 5, exceeded: 'refuse' }.")
  }
  return { limit, exceeded }
}

let madeSecret: string | undefined

const MAKE_ONE = '`openssl rand -base64 32` prints one'

function readSecrets(secrets: CoreOptions['secrets'], development: boolean): readonly string[] {
  if (secrets !== undefined && !Array.isArray(secrets))
    throw optionError('secrets: write a list, secrets: [process.env.SESSION_SECRET]. The first one signs, all verify.')
  if (secrets === undefined || secrets.length === 0) {
    if (!development) {
      throw optionError(
        `secrets: there is none. Write secrets: [process.env.SESSION_SECRET], with at least ${MIN_SECRET_LENGTH} random characters (${MAKE_ONE}), or development: true.`,
      )
    }
    warnOnce('No session secret: one was made for this process, so sessions end when it does. Set `secrets`.')
    return [(madeSecret ??= randomText(32))]
  }
  return secrets.map(readSecret)
}

function readSecret(secret: unknown, i: number): string {
  if (secret === undefined || secret === '') {
    throw optionError(
      `secrets[${i}] is ${secret === '' ? 'empty' : 'undefined'}. Is the environment variable set? Put at least ${MIN_SECRET_LENGTH} random characters into it: ${MAKE_ONE}.`,
    )
  }
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) {
    const found = typeof secret === 'string' ? `has ${secret.length} characters` : `is ${typeof secret}`
    throw optionError(`secrets[${i}] ${found}; write at least ${MIN_SECRET_LENGTH} random ones: ${MAKE_ONE}.`)
  }
  if (isMonotonous(secret)) warnOnce(`secrets[${i}] has only a few different characters, so it can be guessed: ${MAKE_ONE}.`)
  return secret
}

function checkBoolean(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw optionError(`${name}: write true or false.`)
  return value ?? false
}

/** @throws ERR_SESSION_OPTIONS */
export function checkOnStoreDown(value: OnStoreDown): OnStoreDown {
  if (value !== 'fail' && value !== 'anonymous')
    throw optionError(`onStoreDown: write 'fail' or 'anonymous', not ${JSON.stringify(value)}.`)
  return value
}
