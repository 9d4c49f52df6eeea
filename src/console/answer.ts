/**
 * Answers the requests to the console.
 *
 * @module
 */
import { csrf } from '../auth/csrf.ts'
import { isSojournError } from '../core/basics/errors.ts'
import type { Internals } from '../core/internals.ts'
import type { Sessions } from '../core/sessions.ts'
import { isStoreFailure } from '../core/storage/store-calls.ts'
import { isSessionId } from '../core/token/session-token.ts'
import { admit } from './access.ts'
import { assetResponse } from './assets/index.ts'
import type { Desk } from './desk/desk.ts'
import { json, numbersJson, sessionJson, wantsPage } from './json.ts'
import type { ConsoleSettings } from './options.ts'
import { everybodyPage, progressPage } from './pages/everybody.ts'
import { layout } from './pages/layout.ts'
import type { Page } from './pages/layout.ts'
import { messagePage } from './pages/messages.ts'
import { overviewPage } from './pages/overview.ts'
import { gonePage, sessionPage } from './pages/session.ts'
import { sessionsPage } from './pages/sessions.ts'
import { shown } from './desk/shown.ts'
import type { Shown } from './desk/shown.ts'
import { LANGUAGE_COOKIE, isLanguage, textsFor } from './texts/index.ts'
import type { ConsoleView } from './pages/view.ts'

const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

/** One request of somebody who may use the console. */
interface Asked {
  readonly request: Request
  readonly url: URL
  /** The part of the path below the console's own. */
  readonly path: string
  readonly operator: string
  readonly view: ConsoleView
}

/** The answer to a request: a page, an address to go on to, or JSON. */
type Outcome = Page | { readonly to: string } | Response

export function answerer<Data extends object>(
  sessions: Sessions<Data>,
  { name, policy }: Internals,
  desk: Desk,
  settings: ConsoleSettings<Data>,
): (request: Request) => Promise<Response> {
  const { access, base } = settings
  const guard = csrf(sessions)
  const show = (record: Parameters<typeof shown>[0]): Shown => shown(record, policy, settings.values)

  const viewOf = (request: Request, url: URL, path: string, operator: string | undefined): ConsoleView => {
    const texts = textsFor(request.headers)
    const ended = url.searchParams.get('ended')
    const done = ended === null || !/^\d{1,9}$/.test(ended) ? undefined : ended === '0' ? texts.wasGone : texts.ended(Number(ended))
    return { texts, base, address: path + url.search, application: name, now: desk.now, operator, isOpen: access === undefined, done }
  }

  const answer = async (asked: Asked): Promise<Outcome> => {
    const { request, url, path, operator, view } = asked
    const isPage = wantsPage(request)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const [, id, action] = /^\/sessions\/([^/]+)(\/end)?$/.exec(path) ?? []
    const principal = url.searchParams.get('principal')
    switch (`${method} ${id !== undefined && isSessionId(id) ? `/sessions/:id${action ?? ''}` : path}`) {
      case 'GET ':
      case 'GET /':
        return overview(view)
      case 'GET /numbers':
        return json(numbersJson(await desk.count(), desk.observer.lastHour()))
      case 'GET /sessions': {
        const wanted = url.searchParams.get('q')
        if (wanted !== null) return { to: await whereIs(wanted) }
        if (!principal) return isPage ? { to: '' } : json({ error: 'Name a principal: ?principal=…' }, 400)
        const found = await desk.sessionsOf(principal)
        const list = found && { sessions: found.records.map(show).toSorted((a, b) => b.lastSeenAt - a.lastSeenAt), isAll: found.isAll }
        if (isPage) return sessionsPage(view, principal, list)
        return list ? json({ ...list, sessions: list.sessions.map(sessionJson) }) : json({ error: view.texts.noIndex }, 501)
      }
      case 'POST /sessions/end':
      case 'DELETE /sessions': {
        if (!principal) return json({ error: 'Name a principal: ?principal=…' }, 400)
        const ended = await desk.endAllOf(operator, principal)
        return method === 'DELETE' ? json({ ended }) : { to: `/sessions?principal=${encodeURIComponent(principal)}&ended=${ended}` }
      }
      case 'GET /sessions/:id': {
        const record = await desk.find(id!)
        if (isPage) return record ? sessionPage(view, show(record)) : gonePage(view, id!)
        return record ? json(sessionJson(show(record))) : json({ error: view.texts.gone }, 404)
      }
      case 'DELETE /sessions/:id':
        return (await desk.end(operator, id!)) ? new Response(null, { status: 204 }) : json({ error: view.texts.gone }, 404)
      case 'POST /sessions/:id/end': {
        const ended = await desk.end(operator, id!)
        const of = ended?.principal == null ? `?` : `/sessions?principal=${encodeURIComponent(ended.principal)}&`
        return { to: `${of}ended=${ended ? 1 : 0}` }
      }
      case 'GET /everybody':
        return everybodyPage(view, desk.isAbleToEndEverybody, desk.ending?.state === 'running' ? desk.ending : undefined)
      case 'POST /everybody/end':
        return { to: `/everybody/${(await desk.endEverybody(operator)).key}` }
      default:
        return isPage ? messagePage(view, 404, view.texts.notFound) : json({ error: view.texts.notFound }, 404)
    }
  }

  const overview = async (view: ConsoleView): Promise<Page> => {
    const { journal, seesOthers } = desk.observer
    let live: number | undefined
    let isStoreDown = false
    try {
      live = await desk.count()
    } catch (error) {
      if (!isStoreFailure(error)) throw error
      isStoreDown = true
    }
    return overviewPage(view, {
      minutes: desk.observer.lastHour(),
      alarms: journal.alarms,
      signIns: journal.signIns,
      live,
      isStoreDown,
      seesOthers,
    })
  }

  /** An id leads to its session; anything else is taken for a principal. */
  const whereIs = async (wanted: string): Promise<string> => {
    if (isSessionId(wanted) && (await desk.find(wanted))) return `/sessions/${wanted}`
    return wanted === '' ? '' : `/sessions?principal=${encodeURIComponent(wanted)}`
  }

  const responseOf = (outcome: Outcome, request: Request, view: ConsoleView): Response => {
    if (outcome instanceof Response) return withHeaders(outcome)
    if ('to' in outcome) return withHeaders(new Response(null, { status: 303, headers: { Location: base + outcome.to } }))
    const { status = 200, title } = outcome
    if (status >= 400 && !wantsPage(request)) return withHeaders(json({ error: title }, status))
    const type = 'text/html; charset=utf-8'
    return withHeaders(
      new Response(layout(view, outcome).text, { status, headers: { 'Content-Type': type, Vary: 'Accept, Accept-Language, Cookie' } }),
    )
  }

  return async (request) => {
    const url = new URL(request.url)
    const path = pathBelow(settings.path, url.pathname)
    const asset = request.method === 'GET' ? assetResponse(path) : undefined
    if (asset) return asset
    const language = url.searchParams.get('language')
    if (isLanguage(language) && request.method === 'GET') return speak(language, base, path, url)
    const ending = desk.ending && path === `/everybody/${desk.ending.key}` ? desk.ending : undefined
    if (ending && request.method === 'GET') {
      const view = viewOf(request, url, path, undefined)
      return responseOf(progressPage(view, ending), request, view)
    }
    return sessions.handle(request, async (session) => {
      const admission = await admit(access, request, session)
      if ('refused' in admission) {
        const view = viewOf(request, url, path, undefined)
        return responseOf(refusedPage(view, admission.refused), request, view)
      }
      const view = viewOf(request, url, path, admission.operator)
      const { texts } = view
      if (await guard(request, session)) return responseOf(messagePage(view, 403, texts.foreignTitle, texts.foreignHint), request, view)
      try {
        return responseOf(await answer({ request, url, path, operator: admission.operator, view }), request, view)
      } catch (error) {
        if (isStoreFailure(error)) return responseOf(messagePage(view, 503, texts.storeDownTitle), request, view)
        const isAsked = isSojournError(error) && (error.code === 'ERR_SESSION_PRINCIPAL' || error.code === 'ERR_SESSION_CAPABILITY')
        if (isAsked) return responseOf(messagePage(view, 400, texts.noSessions, error.message), request, view)
        throw error
      }
    })
  }
}

function refusedPage(view: ConsoleView, refused: 'access' | 'local' | 'store'): Page {
  const { texts } = view
  if (refused === 'access') return messagePage(view, 403, texts.refusedTitle, texts.refusedHint)
  if (refused === 'local') return messagePage(view, 403, texts.localTitle, texts.localHint)
  return messagePage(view, 503, texts.storeDownTitle, texts.storeDownAccess)
}

function pathBelow(path: string, pathname: string): string {
  return pathname.startsWith(path) ? pathname.slice(path.length) : pathname
}

/** Remembers the language in a cookie that is sent to the console alone. */
function speak(language: string, base: string, path: string, url: URL): Response {
  url.searchParams.delete('language')
  const query = url.searchParams.size > 0 ? `?${url.searchParams.toString()}` : ''
  const cookie = `${LANGUAGE_COOKIE}=${language}; Path=${base}; Max-Age=31536000; SameSite=Lax; HttpOnly`
  return withHeaders(new Response(null, { status: 303, headers: { Location: base + path + query, 'Set-Cookie': cookie } }))
}

function withHeaders(response: Response): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value)
  return response
}
