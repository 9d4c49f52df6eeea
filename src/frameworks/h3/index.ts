/**
 * Sessions for h3 1 and 2, and so for Nitro 2 and 3 and for Nuxt.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import { isBelow } from '../../core/adapters.ts'
import type { Guard, Mountable, SessionSource } from '../../core/adapters.ts'
import { checkGuards, checkMountable, checkSessions } from '../../core/arguments.ts'
import { callerCheck } from '../_shared/caller.ts'
import { fetchRequestOf, writeResponse } from '../node/mount.ts'
import { guardFetchEvent, inFetchEvent } from './fetch-event.ts'
import type { H3FetchEvent } from './fetch-event.ts'
import { guardNodeEvent, isApp, joinApp } from './node-event.ts'
import type { H3App, H3NodeEvent } from './node-event.ts'

export type { H3FetchEvent } from './fetch-event.ts'
export type { H3App, H3NodeEvent } from './node-event.ts'

/** What `session(sessions)` is: middleware of h3 2, and a plugin of Nitro 2, which Nuxt stands on. */
export interface H3SessionAdapter {
  /** As middleware of h3 2. */
  (event: H3FetchEvent, next: () => unknown): Promise<unknown>
  /** As a plugin of Nitro 2; an application of h3 1 is passed to it in the same way. */
  (app: H3App | { readonly h3App: H3App }): void
}

/** What `guard(sessions, …)` is: middleware of h3 2, and an event handler of h3 1. */
export interface H3GuardMiddleware {
  (event: H3FetchEvent, next: () => unknown): Promise<unknown>
  (event: H3NodeEvent): Promise<void>
}

/**
 * Puts the session at `event.context.session`; `sessions.open` returns the same handle with its full type: of
 * `event.req` in h3 2, as long as nothing has replaced it, and of `event.node.req` in h3 1.
 *
 * In h3 2 and Nitro 3 it is middleware: `app.use(session(sessions))`, or a file in `server/middleware/`. In Nuxt and
 * Nitro 2 it is a plugin, a file in `server/plugins/`, because middleware of h3 1 cannot see how a response ends.
 * `session(sessions)(app)` adds it to an application of h3 1 alone.
 *
 * What a request changes is saved before its response is handed over, also if the handler throws an error. If the save
 * fails, h3 gets the error as if the handler had thrown it, and responds with its 500. If an error holds a refusal,
 * such as that of a throttled sign-in, the refusal is the response. A stream starts too late to change the session:
 * change it before.
 *
 * In h3 2, two kinds of responses do not get h3's own headers, and not ours either: a `Response` that an `onError`
 * makes, and those of node handlers (`fromNodeHandler`), for which there is `sojourn/node`. For them call `await
 * session.commit()` and add `session.takeHeaders()`.
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
export function session<Data extends object>(sessions: SessionSource<Data>): H3SessionAdapter {
  checkSessions(sessions, 'session(sessions)', 'sojourn/h3')
  const checkCaller = callerCheck('h3')
  function adapter(event: H3FetchEvent, next: () => unknown): Promise<unknown>
  function adapter(app: H3App | { readonly h3App: H3App }): void
  function adapter(given: object, next?: () => unknown): Promise<unknown> | void {
    checkCaller(given, next)
    if (next) {
      const event = given as H3FetchEvent
      return inFetchEvent(sessions, event, (opened) => {
        Object.assign(event.context, { session: opened })
        return next()
      })
    }
    const app = 'h3App' in given ? given.h3App : given
    if (!isApp(app)) throw misplaced(given)
    joinApp(sessions, app)
  }
  return adapter
}

/**
 * Middleware that lets a request pass only if no guard refuses it. The first refusal is the response. In h3 2 it works
 * with or without `session(sessions)` before it; in h3 1, and so in Nuxt and Nitro 2, the plugin has to be there.
 *
 * @example
 * ```ts from: examples/reference/guards/h3.ts#guard
 * app.use(guard(sessions, csrf(sessions)))
 * app.get('/account', () => 'Your account', { middleware: [guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))] })
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): H3GuardMiddleware {
  checkSessions(sessions, 'guard(sessions, …)', 'sojourn/h3')
  checkGuards(guards, 'sojourn/h3')
  const checkCaller = callerCheck('h3')
  function middleware(event: H3FetchEvent, next: () => unknown): Promise<unknown>
  function middleware(event: H3NodeEvent): Promise<void>
  function middleware(event: H3FetchEvent | H3NodeEvent, next?: () => unknown): Promise<unknown> {
    checkCaller(event, next)
    if (next) return guardFetchEvent(sessions, event as H3FetchEvent, next, guards)
    return guardNodeEvent(sessions, event as H3NodeEvent, guards)
  }
  return middleware
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
export function mount(mountable: Mountable): H3GuardMiddleware {
  checkMountable(mountable, 'sojourn/h3')
  function middleware(event: H3FetchEvent, next: () => unknown): Promise<unknown>
  function middleware(event: H3NodeEvent): Promise<void>
  async function middleware(event: H3FetchEvent | H3NodeEvent, next?: () => unknown): Promise<unknown> {
    const request = next ? (event as H3FetchEvent).req : fetchRequestOf((event as H3NodeEvent).node.req)
    if (!isBelow(mountable, new URL(request.url).pathname)) return next?.()
    const answer = await mountable.fetch(request)
    if (next) return answer
    await writeResponse((event as H3NodeEvent).node.res, answer)
  }
  return middleware
}

function misplaced(given: object): Error {
  const what =
    'h3' in given
      ? 'In Nitro 3, `session(sessions)` is middleware: move the file from `server/plugins/` to `server/middleware/`.'
      : 'In Nuxt and Nitro 2, `session(sessions)` is a plugin: move the file from `server/middleware/` to `server/plugins/`. ' +
        'With h3 1 alone write `session(sessions)(app)` instead of `app.use(session(sessions))`.'
  return optionError(what)
}
