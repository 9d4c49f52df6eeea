import type { Request } from 'express'
import { Html } from './views/html.ts'

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

/** Each form of a page proves where it came from, in browsers too that say nothing themselves. */
export function withCsrf(page: Html, field: string): Html {
  return new Html(page.text.replaceAll(/<form\b[^>]* method="post"[^>]*>/g, (form) => form + field))
}
