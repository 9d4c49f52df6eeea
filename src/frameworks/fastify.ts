/**
 * Sessions for Fastify 5.
 *
 * @module
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import { varyWith } from '../core/basics/caching.ts'
import { translateRefusals } from '../core/basics/refusal.ts'
import { firstRefusal } from '../core/adapters.ts'
import { checkGuards, checkMountable, checkSessions } from '../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../core/adapters.ts'
import { callerCheck } from './_shared/caller.ts'
import { asHttpError } from './_shared/http-error.ts'
import { describesBody } from './_shared/representation.ts'
import type { Session } from '../core/session.ts'
import { NodeExchange } from './node/exchange.ts'
import { joined } from './node/headers.ts'
import { fetchRequestOf, headerLinesOf } from './node/mount.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The session, after `app.register(session(sessions))`. Its values are `unknown`; `sessions.open(request)` returns
     * the same handle and knows their types.
     */
    session: Session
  }
}

/**
 * Plugin that puts the session at `request.session`; `sessions.open(request)` returns the same handle with its full
 * type.
 *
 * It applies to the whole context it is registered in, and to all contexts below, as if wrapped by `fastify-plugin`.
 * Register it in a plugin of your own to keep it there. The session is available from `onRequest` on, in hooks that are
 * added after it.
 *
 * What a request changes is saved before the first byte of its response, whichever way the response is sent:
 * `reply.send`, streams, hooks up to `onSend`, and `reply.hijack()`. If the save fails, the response is dropped, and
 * the error goes to the error handler (`setErrorHandler`), with status 500 and no cookie. A hijacked reply has no error
 * handler: the error is logged, and the client gets a bare 500.
 *
 * An error that holds a refusal, such as that of a throttled sign-in, has the refusal's `statusCode` and `headers`,
 * where Fastify looks for them.
 *
 * @example
 * ```ts from: examples/reference/frameworks/fastify.ts#session
 * import fastify from 'fastify'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/fastify'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * const app = fastify()
 * await app.register(session(sessions))
 *
 * app.get('/', async (request) => {
 *   const session = sessions.open(request)
 *   session.increment('visits')
 *   return `Visit number ${await session.get('visits')}`
 * })
 * ```
 */
export function session<Data extends object>(sessions: SessionSource<Data>): FastifyPluginCallback
export function session<Data extends object>(
  sessions: SessionSource<Data>,
  _options?: unknown,
  loaded?: (error: unknown) => void,
): FastifyPluginCallback | undefined {
  try {
    checkSessions(sessions, 'session(sessions)', 'sojourn/fastify')
  } catch (error) {
    // Fastify calls it as a plugin after `app.register(session, sessions)`, and waits.
    if (typeof loaded !== 'function') throw error
    loaded(error)
    return undefined
  }
  translateRefusals(asHttpError)
  const checkCaller = callerCheck('fastify')
  const plugin: FastifyPluginCallback = (app, options, done) => {
    checkCaller(app, options)
    if (!app.hasRequestDecorator('session')) app.decorateRequest('session')
    app.addHook('onRequest', (request, reply, next) => {
      request.session = sessions.open(request, new FastifyExchange(request, reply))
      next()
    })
    done()
  }
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'sojourn',
    [Symbol.for('plugin-meta')]: { name: 'sojourn', fastify: '5.x' },
  })
}

/**
 * A hook that lets a request pass only if no guard refuses it. The first refusal is the response. As `preHandler` it
 * sees the parsed body, which guards that read a form's fields need.
 *
 * @example
 * ```ts from: examples/reference/guards/fastify.ts#guard
 * app.addHook('preHandler', guard(sessions, csrf(sessions)))
 * app.get('/account', { preHandler: guard(sessions, auth.requireLogin({ redirectTo: '/sign-in' })) }, async () => 'Your account')
 * ```
 */
export function guard<Data extends object>(sessions: SessionSource<Data>, ...guards: readonly Guard<Data>[]): preHandlerAsyncHookHandler {
  checkSessions(sessions, 'guard(sessions, …)', 'sojourn/fastify')
  checkGuards(guards, 'sojourn/fastify')
  translateRefusals(asHttpError)
  const checkCaller = callerCheck('fastify')
  return async (request, reply) => {
    checkCaller(request, reply)
    const opened = sessions.open(request, new FastifyExchange(request, reply))
    const refusal = await firstRefusal(guards, request, opened)
    if (!refusal) return undefined
    for (const [name, value] of refusal.headers) {
      if (name.toLowerCase() === 'vary') reply.header(name, varyWith(joined(reply.getHeader(name)), value))
      else reply.header(name, value)
    }
    return reply.code(refusal.status).send(refusal.body)
  }
}

/**
 * Plugin that lets something mounted, such as the console, answer the requests for its path and below it. Guards
 * that are to apply stand in front of it.
 *
 * @example
 * ```ts from: examples/reference/console/fastify.ts#mount
 * import { mount } from 'sojourn/fastify'
 *
 * await app.register(mount(operators)) // it is at /console
 * ```
 */
export function mount(mountable: Mountable): FastifyPluginCallback {
  checkMountable(mountable, 'sojourn/fastify')
  return (app, _options, done) => {
    // Otherwise Fastify refuses a form that no parser of the application reads.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
    for (const url of [mountable.path, `${mountable.path}/*`]) {
      app.route({
        method: ['GET', 'POST', 'DELETE'],
        url,
        async handler({ raw }, reply) {
          const answer = await mountable.fetch(fetchRequestOf(raw))
          for (const [name, value] of headerLinesOf(answer)) reply.header(name, value)
          return reply.code(answer.status).send(Buffer.from(await answer.arrayBuffer()))
        },
      })
    }
    done()
  }
}

class FastifyExchange extends NodeExchange {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply

  constructor(request: FastifyRequest, reply: FastifyReply) {
    super(request.raw, reply.raw)
    this.#request = request
    this.#reply = reply
  }

  failed(error: unknown): void {
    fail(this.#reply, error)
  }

  /** Follows the option `trustProxy`. */
  override get address(): string {
    return this.#request.ip
  }
}

function fail(reply: FastifyReply, error: unknown): void {
  // Hijacked, or aborted.
  if (reply.sent || reply.raw.headersSent) {
    reply.log.error({ err: error }, 'The session could not be saved.')
    if (!reply.raw.headersSent) reply.raw.end()
    return
  }
  for (const name of Object.keys(reply.getHeaders())) if (describesBody(name)) reply.removeHeader(name)
  reply.code(500).header('cache-control', 'no-store').send(error)
}
