/**
 * Tokens in hidden form fields, for clients without cookies.
 *
 * @module
 */
import type { Duration } from '../core/basics/time.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { fieldOf } from '../core/request/form.ts'
import { linkTransport } from './_shared/link-transport.ts'
import type { TransportFactory } from '../core/contracts/transport.ts'

export interface FormOptions {
  /** The name of the field. Default: the application's `name`, which is `session` by default. */
  readonly field?: string
  /** How long a form is valid. Default `'30m'`; `session.field` can set it for one form. */
  readonly lifetime?: Duration
}

const OPTIONS: KnownOptions<FormOptions> = { field: true, lifetime: true }

/**
 * Carries tokens in a hidden field of forms that are sent by POST, written by `session.field()`. Every step has to be
 * such a form: a link, a redirect or an address that is opened again carries no session.
 *
 * It reads the token from `request.body`, where a body parser must have put the form before the session is first used.
 * It reads the form of a Fetch `Request` itself, up to 1 MiB, and the handler can still read the body. Otherwise it
 * works like `urlTransport`.
 *
 * @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION
 */
export function formTransport(options: FormOptions = {}): TransportFactory {
  checkOptions('formTransport', options, OPTIONS)
  const { field, lifetime } = options
  return linkTransport({ kind: 4, in: 'form', name: field, lifetime, find: ({ form }, name) => fieldOf(form, name) })
}
