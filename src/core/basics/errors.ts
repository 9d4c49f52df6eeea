/**
 * Every error this package throws is a {@link SojournError} with a stable `code`.
 * Messages are for people and may change; compare codes. No message holds a token, a secret or session data.
 *
 * @module
 */
import { responseOf } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** What each code means, and what to do about it. The reference page of errors is made from this table. */
export const errorCodes = {
  ERR_SESSION_OPTIONS: 'An option of `createSessions`, a store or a transport is wrong. The message names it and what to write.',
  ERR_SESSION_DURATION: "A duration is neither a positive number of milliseconds nor a text such as '30m'.",
  ERR_SESSION_KEY: 'A key of the session data is not a string, or begins with the reserved character U+0000.',
  ERR_SESSION_VALUE_TYPE: 'A value holds something that cannot be stored without loss: a function, a symbol, a class instance, a cycle.',
  ERR_SESSION_VALUE_SIZE: 'One value is larger than `maxValueSize`. Keep large things elsewhere and store a reference.',
  ERR_SESSION_SCHEMA: 'A value does not fit the schema. The message names the key, `issues` holds what the schema said.',
  ERR_SESSION_NOT_A_NUMBER: '`increment` met a value that is not a number.',
  ERR_SESSION_PRINCIPAL: 'A principal is not a non-empty string without U+0000.',
  ERR_SESSION_NOT_LOADED: 'A property that needs the record was read before `load()` or the first `await`ed read.',
  ERR_SESSION_COMMITTED: 'The session was changed after the response had ended: it could no longer be saved before the first byte.',
  ERR_SESSION_HEADERS_SENT:
    'The session was first changed after the headers had been sent, so no cookie could follow and a failed save could not be told.',
  ERR_SESSION_SUPERSEDED:
    'A login, a re-authentication or `rotate()` gave this session a new token while the request ran. Nothing of this request was saved.',
  ERR_SESSION_GONE: 'The session ended while the request ran, and what was asked cannot be done without it.',
  ERR_SESSION_CONFLICT: 'Other writers kept changing the session and the bounded retries are used up. Nothing of this request was saved.',
  ERR_SESSION_NOT_SAVED: 'The commit was withdrawn by its signal before it began. Nothing was saved.',
  ERR_SESSION_OUTCOME_UNKNOWN: 'The store did not answer, and whether the write took effect cannot be known.',
  ERR_SESSION_STORE: 'The store failed. Nothing of this request was saved. `cause` holds its error.',
  ERR_SESSION_STORE_TIMEOUT: 'The store did not answer before its deadline.',
  ERR_SESSION_LOGIN_REVOKED: "The principal's sessions were revoked while this login was under way. Authenticate again.",
  ERR_SESSION_THROTTLED:
    'Too many sign-ins of this account, or from this address, have failed. `refusal` holds a 429 with `Retry-After`; every framework answers so by itself.',
  ERR_SESSION_PASSWORD: 'A new password is empty, or longer than 1,024 bytes.',
  ERR_SESSION_TOO_MANY: 'The principal has as many sessions as `maxSessionsPerPrincipal` allows, and a new one is refused.',
  ERR_SESSION_CAPABILITY: 'The store does not offer what this call needs, such as listing by principal.',
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

/**
 * The one error class.
 *
 * @example
 * ```ts from: examples/reference/errors.ts#code
 * if (isSojournError(error) && error.code === 'ERR_SESSION_STORE') response.statusCode = 503
 * ```
 */
export class SojournError extends Error {
  override readonly name = 'SojournError'
  readonly code: ErrorCode
  /** What a schema said about a value, with `ERR_SESSION_SCHEMA`. */
  readonly issues?: readonly unknown[]
  /** What the client is to be answered, with `ERR_SESSION_THROTTLED`. */
  readonly refusal?: Refusal
  /** The refusal's, where frameworks look for it: Express, Koa and h3 at `status` and `headers`, Fastify at `statusCode`, Hono at `getResponse()`; Koa shows its message, and does not log it, if `expose` says so. */
  readonly status?: number
  readonly statusCode?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly getResponse?: () => Response
  readonly expose?: boolean

  constructor(code: ErrorCode, message: string, details: { cause?: unknown; issues?: readonly unknown[]; refusal?: Refusal } = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    if (details.issues) this.issues = details.issues
    if (!details.refusal) return
    const { refusal } = details
    this.refusal = refusal
    this.status = this.statusCode = refusal.status
    // Without the type of a body, for most write one of their own.
    this.headers = Object.fromEntries(refusal.headers.filter(([name]) => name !== 'Content-Type'))
    this.expose = true
    this.getResponse = () => responseOf(refusal)
  }
}

/** An option of a public function is wrong; the message names it and says what to write. */
export function optionError(message: string): SojournError {
  return new SojournError('ERR_SESSION_OPTIONS', message)
}

/** Whether a value is a {@link SojournError}; holds across copies of this package in one process. */
export function isSojournError(value: unknown): value is SojournError {
  return value instanceof Error && value.name === 'SojournError' && 'code' in value
}
