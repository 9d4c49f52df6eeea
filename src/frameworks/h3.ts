/**
 * Sessions for h3 2, and so for Nitro and Nuxt.
 *
 * @module
 */
import type { H3Event, Middleware } from 'h3'
import { FetchExchange, addSessionHeaders, commitOrCancel } from '../core/fetch.ts'
import { refusalOf } from '../core/basics/errors.ts'
import type { Committable } from '../core/contracts/exchange.ts'
import { firstRefusal, isBelow } from '../core/adapters.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import { isAppended } from '../core/basics/refusal.ts'
import type { Refusal } from '../core/basics/refusal.ts'
import type { Session } from '../core/session.ts'

/**
 * Middleware that puts the session at `event.context.session`; `sessions.open(event.req)` returns the same handle with
 * its full type, as long as nothing has replaced `event.req`.
 *
 * What a request changes is saved before its response is handed over, also if the handler throws an error. If the save
 * fails, the middleware throws, and h3 responds with its 500. If an error holds a refusal, such as that of a throttled
 * sign-in, the refusal is the response. A stream starts too late to change the session: change it before.
 *
 * Two kinds of responses do not get h3's own headers, and not ours either: a `Response` that an `onError` makes, and
 * those of node handlers (`fromNodeHandler`), for which there is `sojourn/node`. For them call `await session.commit()`
 * and add `session.takeHeaders()`.
 *
 * @example
 * ```ts from: examples/reference/frameworks/h3.ts#session
 * import { H3 } from 'h3'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/h3'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * const app = new H3().use(session(sessions)).get('/', async (event) => {
 *   const session = sessions.open(event.req)
 *   session.increment('visits')
 *   return `Visit number ${await session.get('visits')}`
 * })
 * ```
 */
export function session<Data extends object>(sessions: SessionSource<Data>): Middleware {
  return (event, next) =>
    inSession(sessions, event, (opened) => {
      event.context['session'] = opened
      return next()
    })
}

/**
 * Middleware that lets a request pass only if no guard refuses it. The first refusal is the response. Works with or
 * without `session(sessions)` before it.
 *
 * @example
 * ```ts from: examples/reference/guards/h3.ts#guard
 * app.use(guard(sessions, csrf(sessions)))
 * app.get('/account', () => 'Your account', { middleware: [guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))] })
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): Middleware {
  return (event, next) =>
    inSession(sessions, event, async (opened) => {
      const refusal = await firstRefusal(guards, event.req, opened)
      return refusal ? answer(event, refusal) : next()
    })
}

/**
 * Middleware that lets something mounted, such as the console, answer the requests for its path and below it. Guards
 * that are to apply stand in front of it.
 *
 * @example
 * ```ts from: examples/reference/console/h3.ts#mount
 * import { mount } from 'sojourn/h3'
 *
 * app.use(mount(operators)) // it is at /console
 * ```
 */
export function mount(mountable: Mountable): Middleware {
  return (event, next) => (isBelow(mountable, event.url.pathname) ? mountable.fetch(event.req) : next())
}

/** The headers go into h3's own, because those replace the headers of a response. Headers that were set before stay. */
function answer(event: H3Event, { status, headers: lines, body }: Refusal): Response {
  for (const headers of [event.res.headers, event.res.errHeaders]) {
    for (const [name, value] of lines) {
      if (isAppended(name)) headers.append(name, value)
      else headers.set(name, value)
    }
  }
  return new Response(body, { status })
}

async function inSession<Data extends object>(
  sessions: SessionSource<Data>,
  event: H3Event,
  run: (session: Session<Data>) => unknown,
): Promise<unknown> {
  const exchange = new H3Exchange(event)
  const opened = sessions.open(event.req, exchange)
  let value: unknown
  try {
    value = await run(opened)
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) {
      await settle(event, exchange, opened, error)
      throw error
    }
    value = answer(event, refusal)
  }
  await settle(event, exchange, opened, value)
  return value
}

/**
 * Saves, and adds the headers wherever h3 will look for them: it takes those of a response or those of an error, never
 * both.
 */
async function settle<Data extends object>(event: H3Event, exchange: H3Exchange, opened: Session<Data>, value: unknown): Promise<void> {
  exchange.close()
  if (exchange.isChanged) await commitOrFail(event, opened, value)
  if (exchange.waits) await exchange.waits
  const lines = exchange.isChanged ? opened.takeHeaders() : []
  if (exchange.vary === undefined && lines.length === 0) return
  const own = headersOf(value)
  for (const headers of [event.res.headers, event.res.errHeaders]) {
    addSessionHeaders(headers, { get: (name) => headers.get(name) ?? own?.get(name) ?? null }, exchange.vary, lines, own?.keys())
  }
}

async function commitOrFail(event: H3Event, opened: Committable, value: unknown): Promise<void> {
  try {
    await commitOrCancel(opened, value instanceof ReadableStream ? value : value instanceof Response ? value.body : undefined)
  } catch (error) {
    event.res.errHeaders.set('Cache-Control', 'no-store')
    throw error
  }
}

class H3Exchange extends FetchExchange {
  readonly #event: H3Event

  constructor(event: H3Event) {
    super()
    this.#event = event
  }

  get address(): string | undefined {
    return this.#event.req.ip
  }

  override waitUntil(work: Promise<unknown>): void {
    if (this.#event.req.waitUntil) void this.#event.req.waitUntil(work)
    else super.waitUntil(work)
  }
}

/** The headers of a `Response`, or of what h3 uses in its place. */
function headersOf(value: unknown): Headers | undefined {
  const headers = typeof value === 'object' && value !== null && 'headers' in value ? value.headers : undefined
  return headers instanceof Headers ? headers : undefined
}
