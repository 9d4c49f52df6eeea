/**
 * Django's protection against cross-site request forgery, so that a form of one side can be posted to the other. There
 * is a secret in the cookie `csrftoken` (or in the session as `_csrftoken`), and tokens hide it under a random mask.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto'
import { randomLetters } from './random.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const LENGTH = 32

/** Returns a new secret, as the cookie of Django 4.0 and newer holds it. Django 3.2 reads it too. */
export function makeCsrfSecret(): string {
  return randomLetters(LENGTH, ALPHABET)
}

/**
 * Returns a token for a form (`csrfmiddlewaretoken`) or the header `X-CSRFToken`. It differs at each call, so that the
 * compressed size of a page reveals nothing about it (BREACH).
 *
 * @param stored the value of the cookie or of the session; `undefined` is returned if it is neither a secret nor a
 * token
 */
export function maskCsrfToken(stored: string): string | undefined {
  const secret = unmaskCsrfToken(stored)
  if (secret === undefined) return undefined
  const mask = randomLetters(LENGTH, ALPHABET)
  return mask + shifted(secret, mask, 1)
}

/**
 * Returns the secret in a token or in the value of the cookie, masked or not; `undefined` for anything else. Never
 * throws.
 */
export function unmaskCsrfToken(token: string): string | undefined {
  if (!/^(?:[a-zA-Z0-9]{32}|[a-zA-Z0-9]{64})$/.test(token)) return undefined
  return token.length === LENGTH ? token : shifted(token.slice(LENGTH), token.slice(0, LENGTH), -1)
}

/**
 * Whether a request's token belongs to the stored secret. Django checks this for every method but GET, HEAD, OPTIONS
 * and TRACE, and checks `Origin` and `Referer` as well.
 *
 * @param stored the value of the cookie or of the session
 */
export function verifyCsrfToken(token: string, stored: string): boolean {
  const [given, expected] = [unmaskCsrfToken(token), unmaskCsrfToken(stored)]
  return given !== undefined && expected !== undefined && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

function shifted(text: string, mask: string, direction: 1 | -1): string {
  const letters = Array.from(text, (letter, i) => {
    const index = ALPHABET.indexOf(letter) + direction * ALPHABET.indexOf(mask[i]!)
    return ALPHABET[(index + ALPHABET.length) % ALPHABET.length]!
  })
  return letters.join('')
}
