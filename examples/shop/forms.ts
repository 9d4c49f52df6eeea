import type { Request } from 'express'

/** One field of a sent form; empty if it is missing or given twice. */
export function field(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : ''
}

/** A path of the shop to go to next, never another site (an open redirect). */
export function ownPath(text: string): string {
  const base = 'http://shop.invalid'
  if (!text.startsWith('/') || !URL.canParse(text, base)) return '/'
  const { origin, pathname, search, hash } = new URL(text, base)
  return origin === base ? pathname + search + hash : '/'
}
