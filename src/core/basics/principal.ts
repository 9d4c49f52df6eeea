import { SojournError } from './errors.ts'

/** Longer ones would not fit the keys and columns of all stores. */
const MAX_PRINCIPAL_BYTES = 1_024

/** @throws ERR_SESSION_PRINCIPAL */
export function checkPrincipal(principal: unknown): asserts principal is string {
  if (isPrincipal(principal)) return
  throw new SojournError(
    'ERR_SESSION_PRINCIPAL',
    `A principal must be a well-formed text of 1 to ${MAX_PRINCIPAL_BYTES} bytes without U+0000, such as the id of the user.`,
  )
}

/**
 * Several databases cannot hold U+0000 or half a surrogate pair in a text, or change them: two principals would become
 * one.
 */
function isPrincipal(principal: unknown): principal is string {
  if (typeof principal !== 'string' || principal === '' || principal.length > MAX_PRINCIPAL_BYTES) return false
  return !principal.includes('\u0000') && principal.isWellFormed() && Buffer.byteLength(principal) <= MAX_PRINCIPAL_BYTES
}
