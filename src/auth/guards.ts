import { optionError } from '../core/basics/errors.ts'
import { withParameter } from '../core/token/paths.ts'
import { parseSpan } from '../core/basics/time.ts'
import type { Duration } from '../core/basics/time.ts'
import { refusal } from '../core/basics/refusal.ts'
import type { HeaderLine, Refusal } from '../core/basics/refusal.ts'
import { headerOf } from '../core/request/header.ts'
import type { Session } from '../core/session.ts'
import type { RequestLike } from '../core/contracts/transport.ts'
import type { AskedRequest } from './asked.ts'
import { safeNext } from './next.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'

/** How a request without a sign-in is refused. */
export interface LoginRefusalOptions {
  /**
   * A path of this site to send browsers to, with the page they asked for in the parameter `next` (read it with
   * `safeNext`). Left out, they get 401 like other clients.
   */
  readonly redirectTo?: string
  /**
   * What a proxy cuts off the paths of this application, such as `'/app'`: it is put in front of the page in `next`
   * again. Write `redirectTo` as browsers see it.
   */
  readonly prefix?: string
}

/** How a guard asks for a level. */
export interface LevelOptions extends LoginRefusalOptions {
  /** How long ago it may have been proved. Left out: at any time in this session. */
  readonly within?: Duration
}

const OPTIONS: KnownOptions<LoginRefusalOptions> = { redirectTo: true, prefix: true }

/** @throws ERR_SESSION_OPTIONS */
export function checkRefusal(where: string, options: LoginRefusalOptions): void {
  if (typeof options === 'object' && options !== null && 'headers' in options) {
    throw optionError(`${where} makes a guard. Call it once, at the start: guard(sessions, ${where}()).`)
  }
  checkOptions(where, options, OPTIONS)
}

/** RFC 9110 requires a challenge with a 401; browsers show nothing for an unknown one. */
const CHALLENGE = 'Session'

/** A request that is refused, and how to write addresses in the response. */
export interface RefusedRequest {
  readonly request: RequestLike
  /** Where addresses carry the session; otherwise `undefined`. */
  readonly link: Link | undefined
}

/** An address of this site without a session, or with this one. */
export interface Link {
  without(address: string): string
  to(address: string): Promise<string>
}

/** With `urlTransport` the session comes along to the sign-in; with other transports addresses do not carry it. */
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

/** Refuses a request that needs a sign-in. */
export async function signInFirst(refused: RefusedRequest, { redirectTo, prefix }: LoginRefusalOptions): Promise<Refusal> {
  if (redirectTo !== undefined && isPageVisit(refused.request)) return await redirection(refused, redirectTo, prefix)
  return refusal(401, 'Sign in first.', [['WWW-Authenticate', CHALLENGE], VARY])
}

/**
 * Refuses a request that needs a fresh sign-in, with the challenge of RFC 9470.
 *
 * @param maxAge milliseconds; left out: any age, but another level
 */
export async function signInAgain(
  refused: RefusedRequest,
  { redirectTo, prefix }: LoginRefusalOptions,
  maxAge: number | undefined,
): Promise<Refusal> {
  if (redirectTo !== undefined && isPageVisit(refused.request)) return await redirection(refused, redirectTo, prefix)
  const age = maxAge === undefined ? '' : `, max_age=${Math.floor(maxAge / 1_000)}`
  const challenge = `${CHALLENGE} error="insufficient_user_authentication"${age}`
  return refusal(401, 'Sign in again.', [['WWW-Authenticate', challenge], VARY])
}

/** @throws ERR_SESSION_DURATION */
export function readFreshness(within: Duration, where = 'requireFresh'): number {
  return parseSpan(within, where)
}

/** Whether a sign-in or a proof is recent enough. One that a clock ahead of ours stamped is not known to be. */
export function isFresh(provenAt: number, maxAge: number, now: number): boolean {
  return now >= provenAt && now - provenAt <= maxAge
}

/** What a browser sent, if it is sent elsewhere and `next` cannot lead back: a form. */
export function askedBy({ request, link }: RefusedRequest, { redirectTo, prefix = '' }: LoginRefusalOptions): AskedRequest | undefined {
  const { method } = request
  if (redirectTo === undefined || method === undefined || isVisit(request) || !isPageVisit(request)) return undefined
  const address = returnAddress(request, link, prefix)
  return address === '' ? undefined : { method, address }
}

const VARY: HeaderLine = ['Vary', 'Sec-Fetch-Mode, Accept']

/**
 * Whether a person waits for a page. Browsers send `Sec-Fetch-Mode: navigate` then, and another mode for requests of
 * scripts. Without the header, a client that accepts HTML gets the page.
 */
function isPageVisit(request: RequestLike): boolean {
  const mode = headerOf(request, 'sec-fetch-mode')
  return mode === undefined ? (headerOf(request, 'accept')?.includes('text/html') ?? false) : mode === 'navigate'
}

/**
 * 303, so that a browser does not send a form on to the sign-in page. The path of a form is no page to return to, so
 * `next` is left out.
 */
async function redirection({ request, link }: RefusedRequest, redirectTo: string, prefix = ''): Promise<Refusal> {
  const next = isVisit(request) ? returnAddress(request, link, prefix) : ''
  const query = next === '' ? '' : `${redirectTo.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}`
  const address = `${redirectTo}${query}`
  // `next` may make it too long for `session.url`; then the sign-in leads to its default page.
  return refusal(303, '', [['Location', link ? await link.to(safeNext(address, redirectTo)) : address], VARY])
}

function isVisit({ method }: RequestLike): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The address that was asked for, without the session's token, because the sign-in issues a new one. */
function returnAddress(request: RequestLike, link: Link | undefined, prefix: string): string {
  const path = pathOf(request)
  const next = path === undefined ? '' : safeNext(prefix + path, '')
  return link && next !== '' ? link.without(next) : next
}

/** Express removes a router's mount path from `url`, and keeps the whole in `originalUrl`. */
function pathOf(request: RequestLike & { readonly originalUrl?: unknown }): string | undefined {
  const url = typeof request.originalUrl === 'string' ? request.originalUrl : request.url
  if (url === undefined || !URL.canParse(url)) return url
  const { pathname, search } = new URL(url)
  return pathname + search
}
