import { CSRF_FIELD, CSRF_HEADER } from '../core/request/csrf.ts'
import type { CsrfReason } from '../core/basics/events.ts'
import { SAFE_METHODS } from '../core/basics/limits.ts'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { internalsOf } from '../core/internals.ts'
import type { Guard } from '../core/adapters.ts'
import { refusal } from '../core/basics/refusal.ts'
import { fieldOf, readForm } from '../core/request/form.ts'
import { headerOf } from '../core/request/header.ts'
import type { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import type { RequestLike } from '../core/contracts/transport.ts'
import { provenanceOf, readOrigins } from './origin.ts'

/** How the guard {@link csrf} decides. */
export interface CsrfOptions {
  /**
   * Other origins whose pages may send requests, such as `https://admin.example.com`. Name sibling domains too: none is
   * trusted by itself. Web views of apps have origins such as `capacitor://localhost`, extensions of browsers such as
   * `chrome-extension://…`.
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Whether each unsafe request needs a token of the session as well. Default `false`: only requests that show no
   * origin do.
   */
  readonly requireToken?: boolean
}

/**
 * Refuses, with 403, requests that another site made a user's browser send (ASVS 5.0 3.5.1 to 3.5.3). `GET`, `HEAD`,
 * `OPTIONS` and `TRACE` pass, because they must change nothing. Other methods pass if `Sec-Fetch-Site` or, where a
 * browser does not send it, `Origin` says that they come from the site itself, whatever their `Content-Type`. A request
 * with neither header needs a token of its session, in the header `x-csrf-token` or in the field `csrf_token` of a
 * form, urlencoded or multipart, of up to 1 MiB. A visitor without a session has no such token, so a sign-in with
 * neither header is refused.
 *
 * Bearer tokens need no such guard: do not use it on routes that take no cookie.
 *
 * @example
 * ```ts from: examples/reference/auth.ts#csrf
 * app.use(guard(sessions, csrf(sessions)))
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function csrf<Data extends object>(sessions: Sessions<Data>, options: CsrfOptions = {}): Guard<Data> {
  const { events, development } = internalsOf(sessions, 'csrf(sessions)')
  checkOptions('csrf', options, OPTIONS)
  const trusted = readOrigins(options.trustedOrigins ?? [])
  const requireToken = options.requireToken ?? false
  const reasonFor = async (request: RequestLike, session: Session<Data>): Promise<CsrfReason | undefined> => {
    const provenance = provenanceOf(request, trusted, development)
    if (provenance === 'cross-site' || provenance === 'origin') return provenance
    const isOwn = provenance === 'own'
    if (isOwn && !requireToken) return undefined
    if (await session.csrf.verify(await tokenOf(request), { sameOrigin: isOwn })) return undefined
    return isOwn ? 'token' : 'unproven'
  }
  return async (request, session) => {
    if (SAFE_METHODS.has(request.method ?? '')) return undefined
    const reason = await reasonFor(request, session)
    if (reason === undefined) return undefined
    if (events.has('csrfRefused')) {
      const { id, principal, actor } = await session.load()
      events.emit('csrfRefused', { id, principal, ...(actor !== undefined && { actor }), reason })
    }
    return refusal(403, 'This request was not sent from this site.', [['Vary', 'Sec-Fetch-Site, Origin']])
  }
}

const OPTIONS: KnownOptions<CsrfOptions> = { trustedOrigins: true, requireToken: true }

async function tokenOf(request: RequestLike): Promise<string | undefined> {
  return headerOf(request, CSRF_HEADER) ?? fieldOf(await readForm(request), CSRF_FIELD)
}
