/**
 * Sessions for Hono 4, on every runtime it runs on.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from 'hono'
import { firstRefusal, isBelow } from '../core/adapters.ts'
import { checkGuards, checkMountable, checkSessions } from '../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import { freezesAfterResponse } from '../core/basics/platform.ts'
import type { HandleOptions } from '../core/fetch.ts'
import { isAppended, responseOf, translateRefusals } from '../core/basics/refusal.ts'
import type { Refusal } from '../core/basics/refusal.ts'
import { callerCheck } from './_shared/caller.ts'
import { describesBody } from './_shared/representation.ts'
import type { Session } from '../core/session.ts'

/** What `session(sessions)` adds to the environment of the handlers after it. */
export interface SessionEnv<Data extends object> {
  Variables: { session: Session<Data> }
}

/**
 * Middleware that puts the session at `c.var.session`, typed for the handlers after it; `sessions.open(c.req.raw)`
 * returns the same handle, as long as no middleware has replaced `c.req.raw`.
 *
 * What a request changes is saved before its response is handed over, also that of `onError`. If the save fails, the
 * middleware throws, and `onError` makes the response. A stream's callback runs too late to change the session: change
 * it before.
 *
 * An error that holds a refusal, such as that of a throttled sign-in, has it as `getResponse()`, where Hono looks for
 * it.
 *
 * @example
 * ```ts from: examples/reference/frameworks/hono.ts#session
 * import { Hono } from 'hono'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/hono'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * export default new Hono().use(session(sessions)).get('/', async (c) => {
 *   c.var.session.increment('visits')
 *   return c.text(`Visit number ${await c.var.session.get('visits')}`)
 * })
 * ```
 */
export function session<Data extends object>(sessions: SessionSource<Data>): MiddlewareHandler<SessionEnv<Data>> {
  checkSessions(sessions, 'session(sessions)', 'sojourn/hono')
  translateRefusals(asHttpException)
  const checkCaller = callerCheck('hono')
  return (c, next) => {
    checkCaller(c, next)
    return inSession(sessions, c, async (opened) => {
      c.set('session', opened)
      await next()
    })
  }
}

/**
 * Middleware that lets a request pass only if no guard refuses it. The first refusal is the response. Works with or
 * without `session(sessions)` before it.
 *
 * @example
 * ```ts from: examples/reference/guards/hono.ts#guard
 * app.use(guard(sessions, csrf(sessions)))
 * app.get('/account', guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })), (c) => c.text('Your account'))
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): MiddlewareHandler {
  checkSessions(sessions, 'guard(sessions, …)', 'sojourn/hono')
  checkGuards(guards, 'sojourn/hono')
  translateRefusals(asHttpException)
  const checkCaller = callerCheck('hono')
  return (c, next) => {
    checkCaller(c, next)
    return inSession(sessions, c, async (opened) => {
      const refusal = await firstRefusal(guards, c.req.raw, opened)
      if (refusal) answer(c, refusal)
      else await next()
    })
  }
}

/**
 * Middleware that lets something mounted, such as the console, answer the requests for its path and below it. Guards
 * that are to apply stand in front of it.
 *
 * @example
 * ```ts from: examples/reference/console/hono.ts#mount
 * import { mount } from 'sojourn/hono'
 *
 * app.use(mount(operators)) // it is at /console
 * ```
 */
export function mount(mountable: Mountable): MiddlewareHandler {
  checkMountable(mountable, 'sojourn/hono')
  return async (c, next) => (isBelow(mountable, c.req.path) ? mountable.fetch(c.req.raw) : next())
}

/** In the form in which Hono's own `onError` looks for it. */
function asHttpException(refusal: Refusal): object {
  return { getResponse: () => responseOf(refusal) }
}

/** Headers that were set on the response before, such as those of CORS, stay. */
function answer(c: Context, { status, headers, body }: Refusal): void {
  for (const [name, value] of headers) c.header(name, value, { append: isAppended(name) })
  c.status(status as Parameters<Context['status']>[0])
  c.res = c.body(body)
}

async function inSession<Data extends object>(
  sessions: SessionSource<Data>,
  c: Context,
  run: (session: Session<Data>) => Promise<void>,
): Promise<void> {
  try {
    const response = await sessions.handle(
      c.req.raw,
      async (opened) => {
        await run(opened)
        return c.res
      },
      platformOf(c),
    )
    if (response === c.res) return
    // Otherwise Hono would put the headers of the old response back.
    c.res = undefined
    c.res = response
  } catch (error) {
    // Hono keeps the headers of the response that is replaced.
    for (const name of [...c.res.headers.keys()].filter(describesBody)) c.header(name, undefined)
    c.header('Cache-Control', 'no-store')
    throw error
  }
}

/**
 * Whether the runtime gives Hono a context. To ask for one that is not there throws, which costs more than the rest of
 * a request.
 */
let hasPlatform: boolean | undefined

function platformOf(c: Context): HandleOptions | undefined {
  if (hasPlatform === false) return undefined
  try {
    const context = c.executionCtx
    hasPlatform = true
    return { waitUntil: (work) => context.waitUntil(work) }
  } catch {
    // In a test, `app.request()` may come before the first request with one.
    hasPlatform ??= freezesAfterResponse() ? undefined : false
    return undefined
  }
}
