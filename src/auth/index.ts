/**
 * Who is behind a session, and keeping it theirs: sign-in, passwords, guards, CSRF.
 *
 * @module
 */
export { csrf } from './csrf.ts'
export type { CsrfOptions } from './csrf.ts'
