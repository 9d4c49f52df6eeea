import type { Exchange } from '../contracts/exchange.ts'
import type { RequestLike } from '../contracts/transport.ts'

/**
 * The handle of a request: the same one each time for the same request object. It is kept on the request itself, because a WeakMap
 * costs more than the rest of opening.
 *
 * @param key of the sessions that the handle belongs to
 * @param exchange joined to a handle that was opened without one
 */
export function openOnce<Handle extends { join(exchange: Exchange): void }>(
  request: RequestLike,
  key: symbol,
  exchange: Exchange | undefined,
  open: () => Handle,
): Handle {
  const handles = request as unknown as { [key: symbol]: Handle | undefined }
  const opened = handles[key]
  if (!opened) return (handles[key] = open())
  if (exchange) opened.join(exchange)
  return opened
}
