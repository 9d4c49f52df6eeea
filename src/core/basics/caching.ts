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
  const directives = directivesOf(current)
  const names = directives.map(nameOf)
  const isShared = names.includes('public') || names.includes('s-maxage')
  if (handsOutToken) {
    if (isShared) warnOnce("A response with 'Cache-Control: public' hands out a session token; it is sent with 'no-store' instead.")
    // Nothing beside it: under `must-understand` a cache ignores it (RFC 9111, 5.2.2.3).
    return current === 'no-store' ? undefined : 'no-store'
  }
  if (names.includes('no-store') && !names.includes('must-understand')) return undefined
  // With a value, `private` is about a header alone.
  if (directives.some((directive) => directive.toLowerCase() === 'private') && !isShared) return undefined
  return ['private', ...directives.filter((_, i) => !['public', 's-maxage', 'private'].includes(names[i]!))].join(', ')
}

/**
 * Whether a header is a `Cache-Control` for some caches alone, which then ignore the general one (RFC 9213;
 * Surrogate-Control).
 */
export function isTargetedCacheControl(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'surrogate-control' || lower.endsWith('-cache-control')
}

/** Split at commas, but for those in quoted strings. */
function directivesOf(text: string): string[] {
  const parts = text.includes('"') ? (text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []) : text.split(',')
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function nameOf(directive: string): string {
  return directive.split('=', 1)[0]!.trim().toLowerCase()
}
