/**
 * Sessions for plain node:http.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { refusalOf } from '../../core/basics/errors.ts'
import { firstRefusal, isBelow } from '../../core/adapters.ts'
import { checkGuards, checkHandler, checkMountable, checkSessions } from '../../core/arguments.ts'
import type { Guard, Mountable, SessionSource } from '../../core/adapters.ts'
import type { Session } from '../../core/session.ts'
import { NodeExchange } from './exchange.ts'
import { sendBareFailure, sendPlainFailure } from './failure.ts'
import { removeRepresentation } from './headers.ts'
import { clearStatusMessage } from './response.ts'
import { fetchRequestOf, writeResponse } from './mount.ts'
import { writeRefusal } from './refusal.ts'

export { around } from './around.ts'
export type { AroundOptions } from './around.ts'

/** A request handler with the request's session. */
export type NodeHandler<Data extends object> = (
  request: IncomingMessage,
  response: ServerResponse,
  session: Session<Data>,
) => void | Promise<void>

/**
 * Answers for a failed save or a failed handler. If `response.headersSent`, all it can do is `response.destroy()`;
 * nothing if it has ended.
 */
export type ErrorHandler = (error: unknown, request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/**
 * Makes a request listener for `http.createServer` from a handler that gets the session.
 *
 * What the handler changed is saved before the first byte of its response: the response waits for the save, and if the
 * save fails, it is dropped and `onError` answers instead. Errors thrown or rejected by the handler go to `onError`
 * too. Without `onError` the client gets the refusal that an error holds, or a plain 500 that tells no details; if the
 * headers were already sent, the connection is closed. Nobody else hears of the error then, so give `onError` to log
 * it. Responses that bypass `ServerResponse`, such as raw writes to the socket, need `await session.commit()` before.
 *
 * @example
 * ```ts from: examples/reference/frameworks/node.ts#session
 * import { createServer } from 'node:http'
 * import { createSessions } from 'sojourn'
 * import { session } from 'sojourn/node'
 *
 * const sessions = createSessions<{ visits: number }>({ development: true })
 * const server = createServer(
 *   session(sessions, async (_request, response, session) => {
 *     session.increment('visits')
 *     response.end(`Visit number ${await session.get('visits')}`)
 *   }),
 * )
 * ```
 */
export function session<Data extends object>(
  sessions: SessionSource<Data>,
  handler: NodeHandler<Data>,
  onError: ErrorHandler = (error, _request, response) => answerError(error, response),
): (request: IncomingMessage, response: ServerResponse) => void {
  checkSessions(sessions, 'session(sessions, handler)', 'sojourn/node')
  checkHandler(handler, 'session(sessions, handler)', 'sojourn/node')
  return (request, response) => {
    const exchange = new HandlerExchange(request, response, onError)
    const opened = sessions.open(request, exchange)
    try {
      const handling = handler(request, response, opened)
      if (handling) handling.then(undefined, (error: unknown) => exchange.failed(error))
    } catch (error) {
      exchange.failed(error)
    }
  }
}

/**
 * Lets a handler run only if no guard refuses the request; the first refusal is its answer.
 *
 * @param _sessions gives the guards their type, and `guard` one spelling in all frameworks
 *
 * @example
 * ```ts from: examples/reference/guards/node.ts#guard
 * const members = guard(sessions, csrf(sessions), auth.requireLogin({ redirectTo: '/sign-in' }))
 * const server = createServer(
 *   session(
 *     sessions,
 *     members((_request, response) => void response.end('Your account')),
 *   ),
 * )
 * ```
 */
export function guard<Data extends object>(
  _sessions: SessionSource<Data>,
  ...guards: readonly Guard<Data>[]
): (handler: NodeHandler<Data>) => NodeHandler<Data> {
  checkSessions(_sessions, 'guard(sessions, …)', 'sojourn/node')
  checkGuards(guards, 'sojourn/node')
  return (handler) => async (request, response, opened) => {
    const refusal = await firstRefusal(guards, request, opened)
    if (refusal) writeRefusal(response, refusal)
    else await handler(request, response, opened)
  }
}

/**
 * A request listener that lets something mounted, such as the console, answer the requests for its path and below
 * it; all others go to `listener`.
 *
 * @example
 * ```ts from: examples/reference/console/node.ts#mount
 * import { createServer } from 'node:http'
 * import { mount } from 'sojourn/node'
 *
 * export const server = createServer(mount(operators, listener)) // it is at /console
 * ```
 */
export function mount(
  mountable: Mountable,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  checkMountable(mountable, 'sojourn/node')
  return (request, response) => {
    const asked = fetchRequestOf(request)
    if (!isBelow(mountable, new URL(asked.url).pathname)) return listener(request, response)
    mountable
      .fetch(asked)
      .then((answer) => writeResponse(response, answer))
      .catch((error: unknown) => answerError(error, response))
  }
}

function answerError(error: unknown, response: ServerResponse): void {
  const refusal = refusalOf(error)
  if (!refusal || response.headersSent) return sendPlainFailure(response)
  removeRepresentation(response)
  clearStatusMessage(response)
  writeRefusal(response, refusal)
}

class HandlerExchange extends NodeExchange {
  readonly #onError: ErrorHandler

  constructor(request: IncomingMessage, response: ServerResponse, onError: ErrorHandler) {
    super(request, response)
    this.#onError = onError
  }

  failed(error: unknown): void {
    try {
      const answering = this.#onError(error, this.request, this.response)
      if (answering) answering.then(undefined, (another: unknown) => sendBareFailure(this.response, another))
    } catch (another) {
      sendBareFailure(this.response, another)
    }
  }
}
