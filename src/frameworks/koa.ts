/**
 * Sessions for Koa 3.
 *
 * @module
 */
import type { Middleware, Next, ParameterizedContext } from 'koa'
import { refusalOf } from '../core/basics/errors.ts'
import type { Committable } from '../core/contracts/exchange.ts'
import { firstRefusal, isBelow } from '../core/adapters.ts'
import { checkGuards, checkMountable, checkSessions } from '../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import type { Session } from '../core/session.ts'
import type { Refusal } from '../core/basics/refusal.ts'
import { callerCheck } from './_shared/caller.ts'
import { NodeExchange } from './node/exchange.ts'
import { markFailure, removeRepresentation } from './node/headers.ts'
import { fetchRequestOf, headerLinesOf } from './node/mount.ts'
import { putRefusal } from './node/refusal.ts'
import { Saving } from './node/saving.ts'

/** What `session(sessions)` adds to the context of the middleware after it. */
export interface SessionContext<Data extends object> {
  session: Session<Data>
}

/**
 * Middleware that puts the session at `ctx.session`, typed for the middleware that is chained after it: `new
 * Koa().use(session(sessions)).use((ctx) => …)`. Koa forgets types that are not chained; `sessions.open(ctx.request)`
 * returns the same handle, and knows its types anywhere.
 *
 * What a request changes is saved before the first byte of its response. If the save fails, the middleware throws, as
 * if the handler had thrown: a `try` around `await next()` further out catches it, otherwise Koa responds with its 500
 * and emits `error`. Later changes (further out, or by a handler that responds without Koa) are saved before the first
 * byte, too; if that save fails, the client gets Koa's own 500.
 *
 * If an error holds a refusal, such as that of a throttled sign-in, the refusal is the response, as with a guard.
 *
 * @example
 * ```ts from: examples/reference/frameworks/koa.ts#session
 * import Koa from 'koa'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/koa'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * const app = new Koa().use(session(sessions)).use(async (ctx) => {
 *   ctx.session.increment('visits')
 *   ctx.body = `Visit number ${await ctx.session.get('visits')}`
 * })
 * ```
 */
export function session<Data extends object>(sessions: SessionSource<Data>): Middleware<object, SessionContext<Data>> {
  checkSessions(sessions, 'session(sessions)', 'sojourn/koa')
  const checkCaller = callerCheck('koa')
  return async (ctx, next) => {
    checkCaller(ctx, next)
    const exchange = new KoaExchange(ctx)
    ctx.session = sessions.open(ctx.request, exchange)
    await refusable(ctx, next)
    await exchange.settle()
  }
}

/**
 * Middleware that lets a request pass only if no guard refuses it. The first refusal is the response. Works with or
 * without `session(sessions)` before it. Put a body parser before guards that read a form's fields.
 *
 * @example
 * ```ts from: examples/reference/guards/koa.ts#guard
 * app.use(guard(sessions, csrf(sessions)))
 * app.use(guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' }))) // what follows is for members
 * app.use((ctx) => {
 *   ctx.body = 'Your account'
 * })
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): Middleware {
  checkSessions(sessions, 'guard(sessions, …)', 'sojourn/koa')
  checkGuards(guards, 'sojourn/koa')
  const checkCaller = callerCheck('koa')
  return async (ctx, next) => {
    checkCaller(ctx, next)
    const exchange = new KoaExchange(ctx)
    const refusal = await firstRefusal(guards, ctx.request, sessions.open(ctx.request, exchange))
    if (refusal) answer(ctx, refusal)
    else await refusable(ctx, next)
    await exchange.settle()
  }
}

/**
 * Middleware that lets something mounted, such as the console, answer the requests for its path and below it. Guards
 * that are to apply stand in front of it.
 *
 * @example
 * ```ts from: examples/reference/console/koa.ts#mount
 * import { mount } from 'sojourn/koa'
 *
 * app.use(mount(operators)) // it is at /console
 * ```
 */
export function mount(mountable: Mountable): Middleware {
  checkMountable(mountable, 'sojourn/koa')
  return async (ctx, next) => {
    if (!isBelow(mountable, ctx.path)) return next()
    const given = await mountable.fetch(fetchRequestOf(ctx.req))
    ctx.status = given.status
    ctx.body = Buffer.from(await given.arrayBuffer())
    for (const [name, value] of headerLinesOf(given)) {
      if (name === 'set-cookie') ctx.append(name, value)
      else ctx.set(name, value)
    }
  }
}

type AnyContext = ParameterizedContext<object, object>

/** If an error holds a refusal, the refusal is the response, as with a guard. */
async function refusable(ctx: AnyContext, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) throw error
    removeRepresentation(ctx.res)
    answer(ctx, refusal)
  }
}

function answer(ctx: AnyContext, refusal: Refusal): void {
  putRefusal(ctx.res, refusal)
  ctx.status = refusal.status
  ctx.body = refusal.body
}

/** Saves while Koa's middleware can still respond. Later changes rely on the held response. */
class KoaExchange extends NodeExchange {
  readonly #ctx: AnyContext
  #saving: Saving | undefined

  constructor(ctx: AnyContext) {
    super(ctx.req, ctx.res)
    this.#ctx = ctx
  }

  override get address(): string {
    return this.#ctx.ip
  }

  override changed(held: Committable): void {
    super.changed((this.#saving ??= new Saving(held)))
  }

  failed(error: unknown): void {
    this.#ctx.onerror(error as Error)
  }

  async settle(): Promise<void> {
    const { respond, res } = this.#ctx
    if (!this.#saving || respond === false || res.headersSent) return
    try {
      await this.#saving.commit()
    } catch (error) {
      this.#saving.giveUp()
      this.#ctx.body = null
      removeRepresentation(res)
      markFailure(res)
      res.setHeader('Cache-Control', 'no-store')
      this.#ctx.status = 500
      throw error
    }
  }
}
