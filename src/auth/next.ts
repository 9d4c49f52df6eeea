const MAX_ADDRESS_LENGTH = 2_048
/** Where paths are tried against; no page has it. */
const NOWHERE = 'https://nowhere.invalid'

/**
 * A path of this site to go on to after a sign-in, from an untrusted parameter: `fallback` unless it begins with one `/` and a browser stays on the site
 * (open redirects, ASVS 5.0 3.7.2). `//`, backslashes and control characters, which browsers turn into another host or drop, are refused anywhere.
 *
 * @example
 * ```ts from: examples/reference/auth.ts#safeNext
 * response.redirect(303, safeNext(request.body.next, '/account'))
 * ```
 */
export function safeNext(next: unknown, fallback = '/'): string {
  if (typeof next !== 'string' || next.length > MAX_ADDRESS_LENGTH || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(next)) return fallback
  return URL.canParse(next, NOWHERE) && new URL(next, NOWHERE).origin === NOWHERE ? next : fallback
}
