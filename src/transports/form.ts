/**
 * Tokens in hidden form fields, for clients that keep no cookies.
 *
 * @module
 */
import type { Duration } from '../core/basics/time.ts'
import { fieldOf } from '../core/request/form.ts'
import { linkTransport } from './_shared/link-transport.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface FormOptions {
  /** The field. Default: the application's `name`, `session`. */
  readonly field?: string
  /** How long a form is good. Default `'30m'`; one form may say otherwise. */
  readonly lifetime?: Duration
}

/**
 * Tokens in a hidden field of forms that are sent by POST, written by `session.field()`. Every step has to be such a form: a link, a
 * redirect or a reload by address knows no session.
 *
 * The token is read from `request.body` as a body parser gives it, which must have run before the session is first used; of a Fetch `Request` it is read here, from forms
 * of up to 1 MiB. The rest is as with `urlTransport`.
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function formTransport({ field, lifetime }: FormOptions = {}): TransportFactory {
  return linkTransport({ kind: 4, in: 'form', name: field, lifetime, find: ({ form }, name) => fieldOf(form, name) })
}
