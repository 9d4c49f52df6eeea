import { isTargetedCacheControl, privateCacheControl, varyWith } from './basics/caching.ts'
import { freezesAfterResponse } from './basics/platform.ts'
import { SojournError } from './basics/errors.ts'
import type { Exchange, Committable } from './contracts/exchange.ts'
import type { HeaderLine } from './basics/refusal.ts'

/** Options of `sessions.handle`. */
export interface HandleOptions {
  /** The client's address, where the platform tells it, for the list of a principal's sessions. */
  readonly address?: string | undefined
  /**
   * Keeps the platform at work until a promise is settled, such as `ctx.waitUntil` of Cloudflare Workers: what runs
   * beside the response, such as extending a session, is handed to it. Left out: on platforms that freeze after a
   * response, it is waited for.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

/** Runs a handler of Fetch's Request and Response with its session; see `Sessions.handle`. */
export async function handleFetch<S extends Committable>(
  open: (exchange: Exchange) => S,
  handler: (session: S) => Response | Promise<Response>,
  options?: HandleOptions,
): Promise<Response> {
  const exchange = new FetchExchange(options)
  const session = open(exchange)
  const response = await handler(session)
  exchange.close()
  if (exchange.isChanged) await commitOrCancel(session, response)
  if (exchange.waits) await exchange.waits
  return withSession(response, exchange, session)
}

/**
 * Saves. If that fails, nobody will read the body that was meant: its source may let go of what it holds.
 *
 * @param response looked at only then, because a server's own kind of response may make its body at the first look
 */
export async function commitOrCancel(session: Committable, response: { readonly body: ReadableStream | null } | undefined): Promise<void> {
  try {
    await session.commit()
  } catch (error) {
    response?.body?.cancel(error).catch(() => undefined)
    throw error
  }
}

/** The exchange of a handler that returns its response instead of writing it. */
export class FetchExchange implements Exchange {
  vary: string | undefined
  isChanged = false
  /** What the response is not to overtake. */
  waits: Promise<unknown> | undefined
  readonly #options: HandleOptions | undefined
  #closed = false

  constructor(options?: HandleOptions) {
    this.#options = options
  }

  get address(): string | undefined {
    return this.#options?.address
  }

  waitUntil(work: Promise<unknown>): void {
    if (this.#options?.waitUntil) this.#options.waitUntil(work)
    else if (freezesAfterResponse()) this.waits = Promise.all([this.waits, work])
  }

  accessed(vary: string): void {
    this.vary = vary
  }

  changed(): void {
    if (this.#closed) {
      throw new SojournError(
        'ERR_SESSION_COMMITTED',
        'The session was changed after the handler had returned its response. Change it before. Was an `await` forgotten?',
      )
    }
    this.isChanged = true
  }

  close(): void {
    this.#closed = true
  }
}

/** Adds what the client of a saved session gets. */
export function withSession(response: Response, { vary, isChanged }: FetchExchange, session: Committable): Response {
  const lines = isChanged ? session.takeHeaders() : []
  if (vary === undefined && lines.length === 0) return response
  const writable = isWritable(response) ? response : new Response(response.body, response)
  addSessionHeaders(writable.headers, writable.headers, vary, lines)
  return writable
}

/**
 * Marks headers as those of a response that depends on a session, and adds the headers of a saved session.
 *
 * @param others names of headers that the response has besides
 * @param shown the `Vary` and `Cache-Control` that the response has so far
 */
export function addSessionHeaders(
  headers: Headers,
  shown: Pick<Headers, 'get'>,
  vary: string | undefined,
  lines: readonly HeaderLine[],
  others: Iterable<string> = [],
): void {
  for (const [name, value] of lines) {
    if (name === 'Set-Cookie') headers.append(name, value)
    else headers.set(name, value)
  }
  if (vary !== undefined) headers.set('Vary', varyWith(shown.get('Vary'), vary))
  const cacheControl = privateCacheControl(shown.get('Cache-Control'), lines.length > 0)
  if (cacheControl !== undefined) headers.set('Cache-Control', cacheControl)
  if (lines.length > 0) overruleTargeted(headers, others)
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

function overruleTargeted(headers: Headers, others: Iterable<string>): void {
  for (const name of [...headers.keys(), ...others]) if (isTargetedCacheControl(name)) headers.set(name, 'no-store')
}
