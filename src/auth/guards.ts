import { withParameter } from '../core/token/paths.ts'
import { parseDuration } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import { refusal } from '../core/basics/refusal.ts'
import type { HeaderLine, Refusal } from '../core/basics/refusal.ts'
import { headerOf } from '../core/request/header.ts'
import type { Session } from '../core/session.ts'
import type { RequestLike } from '../core/contracts/transport.ts'
import { safeNext } from './next.ts'

/** What becomes of a request that must sign in first. */
export interface LoginRefusalOptions {
  /**
   * A path of this site to send browsers to, with the page they wanted as its parameter `next` (read it with `safeNext`). Left out, they get 401 like
   * everybody else.
   */
  readonly redirectTo?: string
}

/** RFC 9110 wants a challenge with a 401; browsers show nothing for one they do not know. */
const CHALLENGE = 'Session'

/** A request that is refused, and what its answer depends on. */
export interface RefusedRequest {
  readonly request: RequestLike
  /** Writes addresses where they carry the session; else it is left out. */
  readonly link: Link | undefined
}

/** An address of this site without a session, or with this one. */
export interface Link {
  without(address: string): string
  to(address: string): Promise<string>
}

/** With `urlTransport` the session comes along to the sign-in; other transports have no part in addresses. */
export function linkOf(session: Session<object>, urlParameter: string | undefined): Link | undefined {
  if (urlParameter === undefined) return undefined
  return {
    without: (address) => withParameter(address, urlParameter, undefined),
    async to(address) {
      await session.load()
      await session.commit()
      return session.url(address)
    },
  }
}

/** Signing in comes first. */
export async function signInFirst(refused: RefusedRequest, { redirectTo }: LoginRefusalOptions): Promise<Refusal> {
  if (redirectTo !== undefined && isPageVisit(refused.request)) return await redirection(refused, redirectTo)
  return refusal(401, 'Sign in first.', [['WWW-Authenticate', CHALLENGE], VARY])
}

/** Signing in again comes first; the challenge is that of RFC 9470. @param maxAge milliseconds */
export async function signInAgain(refused: RefusedRequest, { redirectTo }: LoginRefusalOptions, maxAge: number): Promise<Refusal> {
  if (redirectTo !== undefined && isPageVisit(refused.request)) return await redirection(refused, redirectTo)
  const challenge = `${CHALLENGE} error="insufficient_user_authentication", max_age=${Math.floor(maxAge / 1_000)}`
  return refusal(401, 'Sign in again.', [['WWW-Authenticate', challenge], VARY])
}

/** @throws ERR_SESSION_DURATION */
export function readFreshness(within: Duration): number {
  return parseDuration(within, 'requireFresh')
}

const VARY: HeaderLine = ['Vary', 'Sec-Fetch-Mode, Accept']

/**
 * Whether a person waits for a page. Browsers say so by `Sec-Fetch-Mode: navigate`, and of what scripts fetch that it is none; where the header is
 * missing, whoever accepts HTML gets the page.
 */
function isPageVisit(request: RequestLike): boolean {
  const mode = headerOf(request, 'sec-fetch-mode')
  return mode === undefined ? (headerOf(request, 'accept')?.includes('text/html') ?? false) : mode === 'navigate'
}

/** 303, so that a form that was sent does not go to the sign-in page; nor does its path, for it is not there to be visited. */
async function redirection({ request, link }: RefusedRequest, redirectTo: string): Promise<Refusal> {
  const isVisit = request.method === 'GET' || request.method === 'HEAD'
  const next = isVisit ? returnAddress(request, link) : ''
  const query = next === '' ? '' : `${redirectTo.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}`
  const address = `${redirectTo}${query}`
  // `next` may make it too long for `session.url`; then the sign-in leads to its default page.
  return refusal(303, '', [['Location', link ? await link.to(safeNext(address, redirectTo)) : address], VARY])
}

/** Without the token that was in it: after the sign-in there is another one. */
function returnAddress(request: RequestLike, link: Link | undefined): string {
  const next = safeNext(pathOf(request), '')
  return link && next !== '' ? link.without(next) : next
}

/** Express takes off what a router is mounted at, and keeps the whole in `originalUrl`. */
function pathOf(request: RequestLike & { readonly originalUrl?: unknown }): string | undefined {
  const url = typeof request.originalUrl === 'string' ? request.originalUrl : request.url
  if (url === undefined || !URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return pathname + search
}
