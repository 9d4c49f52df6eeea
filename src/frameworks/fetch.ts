/**
 * Sojourn where handlers take a Fetch `Request` and return a `Response`: Node, Bun, Deno, workers.
 *
 * @module
 */
import { refusalOf } from '../core/basics/errors.ts'
import { firstRefusal, isBelow } from '../core/adapters.ts'
import { checkGuards, checkHandler, checkMountable, checkSessions } from '../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import type { HandleOptions } from '../core/fetch.ts'
import { responseOf } from '../core/basics/refusal.ts'
import type { Session } from '../core/session.ts'

/** A handler with the request's session; the further arguments (`env`, `ctx` …) follow it. */
export type FetchHandler<Data extends object, Rest extends readonly unknown[] = []> = (
  request: Request,
  session: Session<Data>,
  ...rest: Rest
) => Response | Promise<Response>

/**
 * Passes the session to a handler: `sessions.handle` as a wrapper. Further arguments (`env`, `ctx` …) are passed on.
 *
 * If what follows has a `waitUntil`, as `ctx` in workers, what runs beside the response is handed to it.
 *
 * The session is saved before the response is handed over. If the handler throws or the save fails, the returned
 * promise rejects, and the runtime responds with its own error. But if the error holds a refusal, the refusal is the
 * response.
 *
 * @example
 * ```ts from: examples/reference/frameworks/fetch.ts#session
 * export default {
 *   fetch: session(sessions, async (_request, session) => {
 *     session.increment('visits')
 *     return new Response(`Visit number ${await session.get('visits')}`)
 *   }),
 * }
 * ```
 */
export function session<Data extends object, Rest extends readonly unknown[] = []>(
  sessions: SessionSource<Data>,
  handler: FetchHandler<Data, Rest>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  checkSessions(sessions, 'session(sessions, handler)', 'sojourn/fetch')
  checkHandler(handler, 'session(sessions, handler)', 'sojourn/fetch')
  return (request, ...rest) =>
    sessions.handle(
      request,
      async (opened) => {
        try {
          return await handler(request, opened, ...rest)
        } catch (error) {
          const refusal = refusalOf(error)
          if (refusal) return responseOf(refusal)
          throw error
        }
      },
      rest.length === 0 ? undefined : optionsOf(rest),
    )
}

/**
 * A handler that lets something mounted, such as the console, answer the requests for its path and below it; all
 * others go to `handler`.
 *
 * @example
 * ```ts from: examples/reference/console/fetch.ts#mount
 * import { mount } from 'sojourn/fetch'
 *
 * export default { fetch: mount(operators, handler) } // it is at /console
 * ```
 */
export function mount<Rest extends readonly unknown[]>(
  mountable: Mountable,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  checkMountable(mountable, 'sojourn/fetch')
  return async (request, ...rest) =>
    isBelow(mountable, new URL(request.url).pathname) ? mountable.fetch(request) : handler(request, ...rest)
}

/** What workers get as `ctx`. */
function optionsOf(rest: readonly unknown[]): HandleOptions | undefined {
  const context = rest.findLast((value): value is { waitUntil(work: Promise<unknown>): void } => {
    return typeof value === 'object' && value !== null && typeof (value as HandleOptions).waitUntil === 'function'
  })
  return context && { waitUntil: (work) => context.waitUntil(work) }
}

/**
 * Lets a handler run only if no guard refuses the request. The first refusal is the response.
 *
 * @param _sessions gives the guards their type, and `guard` the same form in all frameworks
 *
 * @example
 * ```ts from: examples/reference/guards/fetch.ts#guard
 * const members = guard(sessions, csrf(sessions), auth.requireLogin({ redirectTo: '/sign-in' }))
 * export default {
 *   fetch: session(
 *     sessions,
 *     members(() => new Response('Your account')),
 *   ),
 * }
 * ```
 */
export function guard<Data extends object>(
  _sessions: SessionSource<Data>,
  ...guards: readonly Guard<Data>[]
): <Rest extends readonly unknown[]>(handler: FetchHandler<Data, Rest>) => FetchHandler<Data, Rest> {
  checkSessions(_sessions, 'guard(sessions, …)', 'sojourn/fetch')
  checkGuards(guards, 'sojourn/fetch')
  return (handler) =>
    async (request, opened, ...rest) => {
      const refusal = await firstRefusal(guards, request, opened)
      return refusal ? responseOf(refusal) : handler(request, opened, ...rest)
    }
}
