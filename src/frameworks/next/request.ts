import { cookies, headers } from 'next/headers'
import type { RequestLike } from '../../core/contracts/transport.ts'
import { valuesOf } from '../../transports/cookie.ts'

export type Cookies = Awaited<ReturnType<typeof cookies>>

/** The request that a page or an action belongs to. */
export interface NextRequestHead extends RequestLike {
  readonly headers: { get(name: string): string | null }
}

const pages = new WeakMap<Cookies, NextRequestHead>()

/**
 * The request of a page, the same object for all its components.
 *
 * Its cookies are those that the browser sent, or has after the action that ran in this request: `headers()` still
 * shows those of before.
 */
export async function pageRequest(): Promise<NextRequestHead> {
  const jar = await cookies()
  const known = pages.get(jar)
  if (known) return known
  const sent = await headers()
  const cookie = cookieHeader(jar, sent.get('cookie') ?? '')
  const request = { headers: { get: (name: string) => (name === 'cookie' ? cookie : sent.get(name)) } }
  // Another component may have come first while this one waited.
  return pages.get(jar) ?? (pages.set(jar, request), request)
}

/** The request of an action or a route handler, and its cookies to be set. */
export async function actionRequest(): Promise<{ readonly request: NextRequestHead; readonly jar: Cookies }> {
  const jar = await cookies()
  return { request: { headers: await headers() }, jar }
}

/** Whether cookies can only be read: `cookies()` then gives those of a request, which know how many they are. */
export function isSealed(jar: Cookies): boolean {
  return 'size' in jar
}

/** The header as it was sent, with both cookies of one name if somebody planted one, unless a cookie has changed. */
function cookieHeader(jar: Cookies, sent: string): string {
  const now = jar.getAll()
  const isAsSent = now.every(({ name, value }) => valuesOf(sent, name).some((one) => one === value || decoded(one) === value))
  return isAsSent ? sent : now.map(({ name, value }) => `${name}=${value}`).join('; ')
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
