/**
 * Sojourn where handlers take a Fetch `Request` and return a `Response`: Node, Bun, Deno, workers.
 *
 * @module
 */
import type { Session } from '../core/session.ts'
import type { SessionSource } from '../core/session-source.ts'

/**
 * Gives a handler its session: `sessions.handle` as a wrapper. What follows the request (`env`, `ctx` …) is passed on.
 *
 * The session is saved before the response is handed over. If the handler throws or the save fails, the returned promise
 * rejects, and the runtime answers with its own error.
 *
 * @example
 * export default { fetch: session(sessions, async (request, session) => {
 *   session.increment('visits')
 *   return new Response(`Visit ${await session.get('visits')}`)
 * }) }
 */
export function session<Data extends object, Rest extends readonly unknown[] = []>(
  sessions: SessionSource<Data>,
  handler: (request: Request, session: Session<Data>, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return (request, ...rest) => sessions.handle(request, (opened) => handler(request, opened, ...rest))
}
