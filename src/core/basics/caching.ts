/**
 * Headers that keep one user's response, or token, from another user: in shared caches, and in the Referer of the next
 * request.
 */
import type { HeaderLine } from './refusal.ts'
import { warnOnce } from './warn-once.ts'

/** For responses with tokens in their addresses or links. */
export const NO_REFERRER: HeaderLine = ['Referrer-Policy', 'no-referrer']

/** Adds a header's name to a `Vary`. */
export function varyWith(current: string | null | undefined, name: string): string {
  if (current === null || current === undefined || current.trim() === '') return name
  const names = current.split(',').map((part) => part.trim().toLowerCase())
  return names.includes('*') || names.includes(name.toLowerCase()) ? current : `${current}, ${name}`
}

/**
 * Returns a `Cache-Control` that keeps responses which depend on a session out of shared caches (CVE-2023-30861,
 * CVE-2026-27205), and responses which contain a new token out of all caches (CVE-2025-48947). `undefined`: the current
 * one may stay.
 */
export function privateCacheControl(current: string | null | undefined, handsOutToken: boolean): string | undefined {
  if (!current) return handsOutToken ? 'no-store' : 'private'
  const directives = current
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const names = directives.map((part) => part.toLowerCase().split('=')[0])
  if (names.includes('no-store')) return undefined
  const isShared = names.includes('public') || names.includes('s-maxage')
  if (isShared && handsOutToken) {
    warnOnce("A response with 'Cache-Control: public' hands out a session token; it is sent with 'no-store' instead.")
  }
  if (handsOutToken) return names.includes('no-transform') ? 'no-store, no-transform' : 'no-store'
  if (names.includes('private') && !isShared) return undefined
  const kept = directives.filter((_, i) => names[i] !== 'public' && names[i] !== 's-maxage' && names[i] !== 'private')
  return ['private', ...kept].join(', ')
}
