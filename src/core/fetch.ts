import { privateCacheControl, varyWith } from './caching.ts'
import { SojournError } from './errors.ts'
import type { Exchange, Held } from './exchange.ts'
import type { HeaderLine } from './transport.ts'

/** Runs a handler of Fetch's Request and Response with its session; see `Sessions.handle`. */
export async function handleFetch<S extends Held>(
  open: (exchange: Exchange) => S,
  handler: (session: S) => Response | Promise<Response>,
): Promise<Response> {
  const exchange = new FetchExchange()
  const session = open(exchange)
  const response = await handler(session)
  exchange.close()
  if (exchange.isChanged) await session.commit()
  return withHeaders(response, exchange.vary, exchange.isChanged ? session.takeHeaders() : [])
}

class FetchExchange implements Exchange {
  vary: string | undefined
  isChanged = false
  #closed = false

  accessed(vary: string): void {
    this.vary = vary
  }

  changed(): void {
    if (this.#closed) {
      throw new SojournError(
        'ERR_SESSION_COMMITTED',
        'The session was changed after the handler had returned its response. Change it before.',
      )
    }
    this.isChanged = true
  }

  close(): void {
    this.#closed = true
  }
}

function withHeaders(response: Response, vary: string | undefined, lines: readonly HeaderLine[]): Response {
  if (vary === undefined && lines.length === 0) return response
  const writable = isWritable(response) ? response : new Response(response.body, response)
  for (const [name, value] of lines) {
    if (name === 'Set-Cookie') writable.headers.append(name, value)
    else writable.headers.set(name, value)
  }
  if (vary !== undefined) writable.headers.set('Vary', varyWith(writable.headers.get('Vary'), vary))
  const setsCookie = lines.length > 0
  const cacheControl = privateCacheControl(writable.headers.get('Cache-Control'), setsCookie)
  if (cacheControl !== undefined) writable.headers.set('Cache-Control', cacheControl)
  return writable
}

/** `Response.redirect()` and responses of `fetch` have immutable headers. */
function isWritable(response: Response): boolean {
  try {
    response.headers.delete('x-sojourn')
    return true
  } catch {
    return false
  }
}
