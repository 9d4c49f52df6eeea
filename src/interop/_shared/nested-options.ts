import { optionError } from '../../core/basics/errors.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'

/** The attributes of a cookie, by the names that Flask's and Django's options share. */
export const COOKIE_OPTIONS: KnownOptions<Record<'name' | 'path' | 'domain' | 'secure' | 'httpOnly' | 'sameSite', unknown>> = {
  name: true,
  path: true,
  domain: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
}

/** How an application keeps who is signed in, of any system. */
interface SignedIn {
  readonly keys: readonly string[]
  readonly of: unknown
  readonly signIn: unknown
}

/**
 * Checks what the application wrote itself. Other members are its own business: it may be an instance of a class.
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function checkSignedIn(principal: SignedIn): void {
  const { keys, of, signIn } = principal ?? {}
  if (Array.isArray(keys) && typeof of === 'function' && typeof signIn === 'function') return
  throw optionError("principal: write { keys: ['user'], of: (data) => …, signIn: (principal) => ({ user: principal }) }.")
}
