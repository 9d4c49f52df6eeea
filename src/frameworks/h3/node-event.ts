/**
 * The events of h3 1, which hold the request and the response of node. Its middleware runs before a handler and never
 * sees what becomes of the response, so sessions are joined to the handler of the whole application.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { optionError, refusalOf } from '../../core/basics/errors.ts'
import { firstRefusal } from '../../core/adapters.ts'
import type { Guard, SessionSource } from '../../core/adapters.ts'
import { around } from '../node/around.ts'
import { removeRepresentation } from '../node/headers.ts'
import { writeRefusal } from '../node/refusal.ts'

/** An event of h3 1. */
export interface H3NodeEvent {
  readonly node: { readonly req: IncomingMessage; readonly res: ServerResponse }
  readonly context: object
  readonly handled: boolean
}

const JOINED: unique symbol = Symbol('sojourn.joined')

/** An event whose application was joined to sessions. */
type JoinedEvent = H3NodeEvent & { [JOINED]?: true }

/** An application of h3 1. */
export interface H3App {
  handler: unknown
  readonly stack: unknown
}

type Handler = (event: H3NodeEvent) => Promise<unknown>

/** Whether it is an application of h3 1. */
export function isApp(given: unknown): given is H3App {
  const { handler, stack } = given as Partial<H3App>
  return typeof handler === 'function' && Array.isArray(stack)
}

/** Runs each request of an application in its session. h3 looks the handler up anew for each request. */
export function joinApp<Data extends object>(sessions: SessionSource<Data>, app: H3App): void {
  const inner = app.handler as Handler
  // With the marks by which h3 knows its own handlers.
  app.handler = Object.assign((event: H3NodeEvent) => inNodeEvent(sessions, event, inner), inner)
}

/** Lets a request pass only if no guard refuses it. */
export async function guardNodeEvent<Data extends object>(
  sessions: SessionSource<Data>,
  event: H3NodeEvent,
  guards: readonly Guard<Data>[],
): Promise<void> {
  const { req, res } = event.node
  if (!(event as JoinedEvent)[JOINED]) {
    throw optionError(
      'A guard needs the session of its request: add `session(sessions)` as a plugin, in `server/plugins/`, or by `session(sessions)(app)`.',
    )
  }
  const refusal = await firstRefusal(guards, req, sessions.open(req))
  if (refusal) writeRefusal(res, refusal)
}

/**
 * h3 waits for its handlers, but not for the end of a held response; who called h3 in the process would take it before
 * it is there. So this waits, and throws a failed save where h3 expects the errors of a handler.
 */
async function inNodeEvent<Data extends object>(sessions: SessionSource<Data>, event: H3NodeEvent, inner: Handler): Promise<void> {
  const { req, res } = event.node
  const { clientAddress: address } = event.context as { clientAddress?: string }
  let hasRun = false
  Object.assign(event, { [JOINED]: true })
  const running = around(
    sessions,
    req,
    res,
    async (opened) => {
      Object.assign(event.context, { session: opened })
      try {
        await inner(event)
        hasRun = true
      } catch (error) {
        const refusal = refusalOf(error)
        if (!refusal || event.handled) throw error
        removeRepresentation(res)
        writeRefusal(res, refusal)
      }
    },
    { address },
  )
  try {
    await running
  } catch (error) {
    if (hasRun) takeStreamBack(event, error)
    throw error
  }
}

/** On the web h3 leaves a stream in its stand-in for a response, to be taken, and counts the event as handled. */
function takeStreamBack(event: H3NodeEvent & { _handled?: boolean }, error: unknown): void {
  const response = event.node.res as ServerResponse & { _data?: unknown }
  if (response.headersSent || response.writableEnded || !event._handled) return
  if (response._data instanceof ReadableStream) response._data.cancel(error).catch(() => undefined)
  response._data = undefined
  event._handled = false
}
