/**
 * Sessions for the App Router of Next.js.
 *
 * @module
 */
// oxlint-disable-next-line import/no-unassigned-import -- it has nothing to give, but must run first
import '../../core/basics/runtime.ts'
import { unstable_rethrow } from 'next/navigation'
import { NextResponse } from 'next/server'
import { firstRefusal } from '../../core/adapters.ts'
import type { Guard } from '../../core/adapters.ts'
import { SojournError, refusalOf } from '../../core/basics/errors.ts'
import { responseOf } from '../../core/basics/refusal.ts'
import { FetchExchange, commitOrCancel, withSession } from '../../core/fetch.ts'
import { exposeInternals } from '../../core/internals.ts'
import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'
import { ProxyExchange, readOnly } from './exchange.ts'
import { actionRequest, isSealed, pageRequest } from './request.ts'
import type { Cookies } from './request.ts'
import { sharedSessions } from './shared.ts'

/** A route handler with its session; `context` is what Next passes to it. */
export type NextRouteHandler<Data extends object, Incoming extends Request, Context> = (
  request: Incoming,
  session: Session<Data>,
  context: Context,
) => Response | Promise<Response>

/** What {@link nextSession} returns. */
export interface NextSession<Data extends object> {
  /**
   * The session, to be read: the same handle for all components of a page. In an action or a route handler of this
   * object it is the one that was passed to it, which can be changed.
   *
   * A change in a page throws ERR_SESSION_READ_ONLY, before anything is stored.
   */
  readonly session: () => Promise<Session<Data>>
  /**
   * Makes a server action. What it changes is saved, and its cookies are set, when the function has returned, or has
   * left by `redirect()` or `notFound()`. If it throws an error, nothing is saved. If the save fails, the action fails.
   */
  readonly action: <Args extends readonly unknown[], Result>(
    run: (session: Session<Data>, ...args: Args) => Result | Promise<Result>,
  ) => (...args: Args) => Promise<Result>
  /**
   * Makes a route handler. What it changes is saved before its response is handed over, also if it leaves by
   * `redirect()` or `notFound()`. If it throws an error, nothing is saved; if the error holds a refusal, such as that
   * of a throttled sign-in, the refusal is the response.
   */
  readonly route: <Incoming extends Request, Context>(
    handler: NextRouteHandler<Data, Incoming, Context>,
  ) => (request: Incoming, context: Context) => Promise<Response>
  /**
   * Makes the function of `proxy.ts`. It can read the session. What the token requires, such as a rotation, is done
   * here, where a cookie can be set: pages cannot. If the function returns nothing, the request goes on.
   */
  readonly proxy: <Incoming extends Request>(
    handler?: (request: Incoming, session: Session<Data>) => Response | undefined | Promise<Response | undefined>,
  ) => (request: Incoming) => Promise<Response>
  /**
   * Lets a route handler run only if no guard refuses the request. The first refusal is the response.
   *
   * @param guards makes them at the first request, when there are sessions
   */
  readonly guard: (
    guards: (sessions: Sessions<Data>) => readonly Guard<Data>[],
  ) => <Incoming extends Request, Context>(handler: NextRouteHandler<Data, Incoming, Context>) => NextRouteHandler<Data, Incoming, Context>
  /**
   * Returns what `make` returned, for `of`, `revoke` and `on`. Call it while a request is answered, not when a module
   * loads.
   */
  readonly sessions: () => Sessions<Data>
}

/**
 * Sessions in Next. Call it in a module of your own, and export what it returns.
 *
 * @param name of these sessions in this process: all copies of your module that Next loads share them
 * @param make is called at the first request, not when the build loads the module
 *
 * @example
 * ```ts from: examples/frameworks/next/lib/session.ts
 * import { createSessions } from 'sojourn'
 * import { nextSession } from 'sojourn/next'
 * import { sqliteStore } from 'sojourn/stores/sqlite'
 *
 * export const { session, action, route, guard, proxy, sessions } = nextSession('shop', () =>
 *   createSessions<{ cart: string[] }>({
 *     secrets: [process.env.SESSION_SECRET], // 32 random characters or more
 *     store: sqliteStore(process.env.DATABASE ?? 'sessions.db'),
 *     development: process.env.NODE_ENV === 'development', // cookies without HTTPS
 *   }),
 * )
 * ```
 */
export function nextSession<Data extends object>(name: string, make: () => Sessions<Data>): NextSession<Data> {
  const shared = sharedSessions(name, make)
  const { running } = shared

  function sessions(): Sessions<Data> {
    const made = shared.get()
    exposeInternals(made.sessions, made.internals)
    return made.sessions
  }

  async function session(): Promise<Session<Data>> {
    const own = running.getStore()
    if (own) return own
    // This comes first: it ends a prerender, and a prerender needs no secret.
    const request = await pageRequest()
    return sessions().open(request, readOnly)
  }

  return {
    session,
    sessions,

    action(run) {
      return async (...args) => {
        const outer = running.getStore()
        if (outer) return run(outer, ...args)
        const { request, jar } = await actionRequest()
        // A component that calls an action while it renders can set no cookie either.
        if (isSealed(jar)) return run(await session(), ...args)
        const exchange = new FetchExchange()
        const opened = sessions().open(request, exchange)
        const left = await leave(exchange, () => running.run(opened, () => run(opened, ...args)))
        if (exchange.isChanged) await opened.commit()
        if (exchange.waits) await exchange.waits
        setCookies(jar, opened)
        return valueOf(left)
      }
    },

    route(handler) {
      return async (request, context) => {
        const { jar } = await actionRequest()
        const exchange = new FetchExchange()
        const opened = sessions().open(request, exchange)
        const left = await leave(exchange, () => running.run(opened, () => respond(handler, request, opened, context)))
        if (exchange.isChanged) await commitOrCancel(opened, left.value)
        if (exchange.waits) await exchange.waits
        if (!left.isThrown) return withSession(left.value, exchange, opened)
        setCookies(jar, opened)
        throw left.thrown
      }
    },

    proxy(handler) {
      return async (request) => {
        const exchange = new ProxyExchange()
        const opened = await sessions().open(request, exchange).load()
        exchange.isFixed = true
        const response = (await handler?.(request, opened)) ?? NextResponse.next()
        if (exchange.isChanged) await opened.commit()
        if (exchange.waits) await exchange.waits
        // The page that Next goes on to says for itself whether it may be cached.
        if (response.headers.has('x-middleware-next') || response.headers.has('x-middleware-rewrite')) exchange.vary = undefined
        return withSession(response, exchange, opened)
      }
    },

    guard(guards) {
      let made: { readonly of: Sessions<Data>; readonly guards: readonly Guard<Data>[] } | undefined
      return (handler) => async (request, opened, context) => {
        const of = sessions()
        if (made?.of !== of) made = { of, guards: guards(of) }
        const refusal = await firstRefusal(made.guards, request, opened)
        return refusal ? responseOf(refusal) : handler(request, opened, context)
      }
    },
  }
}

/** How a function was left: with a value, or by what Next throws to go elsewhere. */
type Left<Value> =
  | { readonly value: Value; readonly isThrown: false }
  | { readonly value?: undefined; readonly isThrown: true; readonly thrown: unknown }

/** @throws the error that the function throws: then nothing is saved */
async function leave<Value>(exchange: FetchExchange, run: () => Value | Promise<Value>): Promise<Left<Value>> {
  try {
    return { value: await run(), isThrown: false }
  } catch (error) {
    if (isError(error)) throw error
    return { isThrown: true, thrown: error }
  } finally {
    exchange.close()
  }
}

function valueOf<Value>(left: Left<Value>): Value {
  if (left.isThrown) throw left.thrown
  return left.value
}

/** Whether it is an error, and not what Next throws to redirect, or to show that a page is not there. */
function isError(thrown: unknown): boolean {
  try {
    unstable_rethrow(thrown)
    return true
  } catch {
    return false
  }
}

async function respond<Data extends object, Incoming extends Request, Context>(
  handler: NextRouteHandler<Data, Incoming, Context>,
  request: Incoming,
  opened: Session<Data>,
  context: Context,
): Promise<Response> {
  try {
    return await handler(request, opened, context)
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal) return responseOf(refusal)
    throw error
  }
}

/** @throws ERR_SESSION_CAPABILITY for what is no cookie, such as `Clear-Site-Data`, after the cookies are set */
function setCookies<Data extends object>(jar: Cookies, opened: Session<Data>): void {
  for (const { name, value, attributes } of opened.takeCookies()) jar.set(name, value, attributes)
  const [other] = opened.takeHeaders()
  if (!other) return
  throw new SojournError(
    'ERR_SESSION_CAPABILITY',
    `Next sets no headers but cookies here, so ${other[0]} could not be sent. The session is saved. Do this in a route handler that returns a response.`,
  )
}
