import { checkNoContext, checkRequest } from './arguments.ts'
import type { Exchange } from './contracts/exchange.ts'
import type { RequestLike } from './contracts/transport.ts'
import { backendOf } from './session.ts'
import type { Session } from './session.ts'

/**
 * Returns the handle of a request: the same one each time for the same request object. It is kept on the request
 * itself, because a WeakMap costs more than the rest of opening.
 *
 * @param key names the sessions that the handle belongs to
 * @param exchange joins a handle that was opened without one
 */
export function openOnce<Data extends object>(
  request: RequestLike,
  key: symbol,
  exchange: Exchange | undefined,
  open: () => Session<Data>,
): Session<Data> {
  checkRequest(request)
  const handles = request as unknown as { [key: symbol]: Session<Data> | undefined }
  const opened = handles[key]
  if (!opened) {
    checkNoContext(request)
    return (handles[key] = open())
  }
  if (exchange) backendOf(opened).join(exchange)
  return opened
}
