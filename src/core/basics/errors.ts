/**
 * Every error this package throws is a {@link SojournError} with a stable `code`.
 * Messages are for people and may change; compare codes. Each ends with its place on the page of errors, except where
 * it is also the response. No message holds a token, a secret or session data.
 *
 * @module
 */
import { translated } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** What each code means, and what to do about it. The reference page of errors is made from this table. */
export const errorCodes = {
  ERR_SESSION_OPTIONS:
    'An option or an argument that the application passes to a function of this package is wrong, or what it names cannot be used. The message names it and what to write.',
  ERR_SESSION_DURATION:
    "A duration is neither a positive number of milliseconds nor a text such as '30m', or it is a bare number so small that it was meant in another unit.",
  ERR_SESSION_KEY:
    'A key of the session data is not a string, begins with the reserved character U+0000, or is one that the system keeps for itself with which the session is shared.',
  ERR_SESSION_VALUE_TYPE:
    'A value does not fit where it is put: it cannot be stored without loss (a function, a symbol, a class instance, a cycle), a session of another system cannot hold it, or it is no finite number for `increment`.',
  ERR_SESSION_VALUE_SIZE: 'One value is larger than `maxValueSize`. Keep large things elsewhere and store a reference.',
  ERR_SESSION_RECORD_SIZE:
    'A whole session grew larger than `maxRecordSize`. Nothing of this request was saved. The message names the biggest keys.',
  ERR_SESSION_SCHEMA: 'A value does not fit the schema. The message names the key, `issues` holds what the schema said.',
  ERR_SESSION_MUTATION:
    'With `development: true` only: a property was assigned to the handle, or a value that was read was changed in place. Neither would have been saved. Write `set` or `update`. Where a property of a value is added or deleted, JavaScript itself throws, in words of its own: `object is not extensible`.',
  ERR_SESSION_NOT_A_NUMBER: '`increment` met a value that is not a number.',
  ERR_SESSION_PRINCIPAL:
    'A principal is missing, is not a well-formed text of 1 to 1,024 bytes without U+0000, or is not the one that the call is about.',
  ERR_SESSION_NOT_LOADED: 'A property that needs the record was read before `load()` or the first `await`ed read.',
  ERR_SESSION_COMMITTED: 'The session was changed after the response had ended: it could no longer be saved before the first byte.',
  ERR_SESSION_HEADERS_SENT:
    'The session was first changed after the headers had been sent, so no cookie could follow and a failed save could not be told.',
  ERR_SESSION_READ_ONLY:
    'The session was changed where it can only be read, such as in a page of Next.js, which can set no cookie. Nothing was stored. The message says where to change it.',
  ERR_SESSION_SUPERSEDED:
    'A login, a re-authentication or `rotate()` gave this session a new token while the request ran. Nothing of this request was saved.',
  ERR_SESSION_GONE: 'There is no session, or it ended in the meantime, and what was asked cannot be done without it.',
  ERR_SESSION_CONFLICT:
    'Others kept changing the same session, or the same count of failures, until the bounded retries were used up; or another `copySessions` is at work on the store. Nothing of this call was saved.',
  ERR_SESSION_NOT_SAVED: 'The commit was withdrawn by its signal before it began. Nothing was saved.',
  ERR_SESSION_OUTCOME_UNKNOWN: 'The store did not answer, and whether the write took effect cannot be known.',
  ERR_SESSION_STORE:
    'The store failed, or its engine refused the write: then the message says why. A commit that throws this has saved nothing. `cause` holds the error of the store, if it threw one.',
  ERR_SESSION_STORE_TIMEOUT:
    'The store did not answer before its deadline. A client that queues commands while its server cannot be reached waits like this, without a cause: let it fail at once (`disableOfflineQueue` of node-redis, `enableOfflineQueue: false` of ioredis).',
  ERR_SESSION_LOGIN_REVOKED: "The principal's sessions were revoked while this login was under way. Authenticate again.",
  ERR_SESSION_THROTTLED:
    'Too many sign-ins of this account, or from this address, have failed. `refusal` holds a 429 with `Retry-After`; the adapter of each framework answers with it by itself.',
  ERR_SESSION_BUSY:
    'More passwords wait to be hashed than can be in a few seconds. `refusal` holds a 503 with `Retry-After`; the adapter of each framework answers with it by itself.',
  ERR_SESSION_PROOF:
    '`auth.login` or `auth.challenge` was given something else than what `auth.authenticate` returned. Where no password was checked, call `auth.loginWithoutPassword`.',
  ERR_SESSION_ACTING:
    '`session.actAs` was called where nobody is signed in, for the user who is, or in a session that acts for somebody already; or a session that acts for somebody was to stay after `auth.changePassword`.',
  ERR_SESSION_PASSWORD: 'A new password is empty, or longer than 1,024 bytes.',
  ERR_SESSION_TOO_MANY: 'The principal has as many sessions as `maxSessionsPerPrincipal` allows, and a new one is refused.',
  ERR_SESSION_CAPABILITY:
    'This call needs something that is not there, such as a capability of the store or of its client (listing by principal), a function of the runtime (Argon2), an option, a token, or a place in the sessions of another system. The message says what is missing, and what to do.',
  ERR_SESSION_TRANSPORT:
    'A helper of another transport was called: `session.url` belongs to `urlTransport`, `session.field` to it and to `formTransport`.',
  ERR_SESSION_LINK: 'What a link should lead to, or be bound to, is not a plain address or path of this site, beginning with a single `/`.',
  ERR_SESSION_LINK_UNSAVED:
    'A link or field was asked for while a new session, a login or a rotation was not yet saved. `await session.commit()` before.',
  ERR_SESSION_LINK_USED: 'A one-time link or form was used before. Nothing of this request was saved.',
  ERR_SESSION_COOKIE_SIZE: 'Name and value of a cookie exceed 4,096 bytes, which browsers drop.',
  ERR_SESSION_SEALED_SIZE:
    'A sealed session grew larger than what can travel in cookies. Nothing of this request was saved. The message names the biggest keys.',
  ERR_SESSION_RESPONSE_OVERFLOW:
    'A handler wrote more than could be held back while its session was being saved, ignoring that `write` returned false.',
} as const

/** The `code` of a {@link SojournError}. */
export type ErrorCode = keyof typeof errorCodes

/** What an error of a code holds besides its `cause`. */
export interface ErrorDetails {
  ERR_SESSION_SCHEMA: {
    /** What the schema said about the value. */
    readonly issues: readonly unknown[]
  }
  ERR_SESSION_THROTTLED: {
    /** The response for the client. */
    readonly refusal: Refusal
  }
  ERR_SESSION_BUSY: {
    /** The response for the client. */
    readonly refusal: Refusal
  }
}

const PAGE = 'sojourn/docs/reference/errors.md'

/**
 * The one error class. {@link AnySojournError} knows which further fields an error of a certain code has; {@link
 * isSojournError} narrows to it.
 */
export class SojournError extends Error {
  readonly code: ErrorCode

  // On the prototype, because a stack begins with it, and a printed error should not say it twice.
  static {
    Object.defineProperty(SojournError.prototype, 'name', { value: 'SojournError', configurable: true, writable: true })
  }

  constructor(code: Exclude<ErrorCode, keyof ErrorDetails>, message: string, details?: { readonly cause?: unknown })
  constructor(code: 'ERR_SESSION_SCHEMA', message: string, details: ErrorDetails['ERR_SESSION_SCHEMA'])
  constructor(code: 'ERR_SESSION_THROTTLED' | 'ERR_SESSION_BUSY', message: string, details: ErrorDetails['ERR_SESSION_THROTTLED'])
  constructor(
    code: ErrorCode,
    message: string,
    details: { readonly cause?: unknown; readonly issues?: readonly unknown[]; readonly refusal?: Refusal } = {},
  ) {
    const { cause, ...own } = details
    // The page lies in the package itself, beside the code that throws. Clients get the message of a refusal.
    super(details.refusal ? message : `${message} [${PAGE}#${code.toLowerCase()}]`, 'cause' in details ? { cause } : undefined)
    this.code = code
    Object.assign(this, own)
    if (own.refusal) Object.assign(this, translated(own.refusal))
  }
}

/**
 * Every error of this package, by code. In each case of a `switch` over `error.code` the type says which further fields
 * the error has (`issues`, `refusal`), and the `switch` can be exhaustive. {@link isSojournError} narrows to it.
 */
export type AnySojournError = {
  [Code in ErrorCode]: SojournError & { readonly code: Code } & (Code extends keyof ErrorDetails ? ErrorDetails[Code] : unknown)
}[ErrorCode]

/**
 * Whether a value is an error of this package. Also true for an error of another copy of this package in the process.
 *
 * @example
 * ```ts from: examples/reference/errors.ts#code
 * if (isSojournError(error) && error.code === 'ERR_SESSION_STORE') response.statusCode = 503
 * ```
 */
export function isSojournError(value: unknown): value is AnySojournError {
  return value instanceof Error && value.name === 'SojournError' && 'code' in value
}

/** The error for a wrong option of a public function. The message names the option and says what to write. */
export function optionError(message: string, details?: { readonly cause?: unknown }): SojournError {
  return new SojournError('ERR_SESSION_OPTIONS', message, details)
}

/** The response for the client, if the error holds one. */
export function refusalOf(error: unknown): Refusal | undefined {
  return isSojournError(error) && 'refusal' in error ? error.refusal : undefined
}
