import { ownAddress } from '../core/token/paths.ts'

/**
 * A path of this site to go on to after a sign-in, from an untrusted parameter. Returns `fallback` for everything else:
 * for an address of another site, and for what a browser could take for one, such as `//evil.example`, backslashes and
 * control characters (open redirects, ASVS 5.0 3.7.2); also for more than 2,048 characters. Never throws.
 *
 * @example
 * ```ts from: examples/reference/auth.ts#safeNext
 * response.redirect(303, safeNext(request.body.next, '/account'))
 * ```
 */
export function safeNext(next: unknown, fallback = '/'): string {
  return typeof next === 'string' && ownAddress(next) ? next : fallback
}
