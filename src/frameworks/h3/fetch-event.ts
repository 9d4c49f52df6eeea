/**
 * The events of h3 2, which hold a Fetch request, and the headers of the response that h3 is going to make.
 *
 * @module
 */
import { FetchExchange, addSessionHeaders, commitOrCancel } from '../../core/fetch.ts'
import { refusalOf } from '../../core/basics/errors.ts'
import type { Committable } from '../../core/contracts/exchange.ts'
import { firstRefusal } from '../../core/adapters.ts'
import type { Guard, SessionSource } from '../../core/adapters.ts'
import { isAppended } from '../../core/basics/refusal.ts'
import type { Refusal } from '../../core/basics/refusal.ts'
import type { Session } from '../../core/session.ts'

/** An event of h3 2. */
export interface H3FetchEvent {
  readonly req: Request & { readonly ip?: string | undefined; readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined }
  readonly res: {
    readonly headers: Headers
    /** Those of a response that tells of an error; the first releases of h3 2 do not have them. */
    readonly errHeaders?: Headers
  }
  readonly context: object
}

/** Lets a request pass only if no guard refuses it. */
export function guardFetchEvent<Data extends object>(
  sessions: SessionSource<Data>,
  event: H3FetchEvent,
  next: () => unknown,
  guards: readonly Guard<Data>[],
): Promise<unknown> {
  return inFetchEvent(sessions, event, async (opened) => {
    const refusal = await firstRefusal(guards, event.req, opened)
    return refusal ? answer(event, refusal) : next()
  })
}

/** Runs what comes after a middleware, and saves. */
export async function inFetchEvent<Data extends object>(
  sessions: SessionSource<Data>,
  event: H3FetchEvent,
  run: (session: Session<Data>) => unknown,
): Promise<unknown> {
  const exchange = new FetchEventExchange(event)
  const opened = sessions.open(event.req, exchange)
  let value: unknown
  try {
    value = await run(opened)
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) {
      // Without headers for its error page no cookie could go out with it.
      if (event.res.errHeaders) await settle(event, exchange, opened, error)
      else exchange.close()
      throw error
    }
    value = answer(event, refusal)
  }
  await settle(event, exchange, opened, value)
  return value
}

/** The headers go into h3's own, because those replace the headers of a response. Headers that were set before stay. */
function answer(event: H3FetchEvent, { status, headers: lines, body }: Refusal): Response {
  for (const headers of headersOfEvent(event)) {
    for (const [name, value] of lines) {
      if (isAppended(name)) headers.append(name, value)
      else headers.set(name, value)
    }
  }
  return new Response(body, { status })
}

/**
 * Saves, and adds the headers wherever h3 will look for them: it takes those of a response or those of an error, never
 * both.
 */
async function settle<Data extends object>(
  event: H3FetchEvent,
  exchange: FetchEventExchange,
  opened: Session<Data>,
  value: unknown,
): Promise<void> {
  exchange.close()
  if (exchange.isChanged) await commitOrFail(event, opened, value)
  if (exchange.waits) await exchange.waits
  const lines = exchange.isChanged ? opened.takeHeaders() : []
  if (exchange.vary === undefined && lines.length === 0) return
  const own = headersOf(value)
  for (const headers of headersOfEvent(event)) {
    addSessionHeaders(headers, { get: (name) => headers.get(name) ?? own?.get(name) ?? null }, exchange.vary, lines, own?.keys())
  }
}

async function commitOrFail(event: H3FetchEvent, opened: Committable, value: unknown): Promise<void> {
  try {
    await commitOrCancel(opened, value instanceof ReadableStream ? { body: value } : value instanceof Response ? value : undefined)
  } catch (error) {
    if (event.res.errHeaders) event.res.errHeaders.set('Cache-Control', 'no-store')
    else Object.assign(error as object, { headers: new Headers({ 'Cache-Control': 'no-store' }) })
    throw error
  }
}

function headersOfEvent({ res }: H3FetchEvent): Headers[] {
  return res.errHeaders ? [res.headers, res.errHeaders] : [res.headers]
}

class FetchEventExchange extends FetchExchange {
  readonly #event: H3FetchEvent

  constructor(event: H3FetchEvent) {
    super()
    this.#event = event
  }

  override get address(): string | undefined {
    return this.#event.req.ip
  }

  override waitUntil(work: Promise<unknown>): void {
    if (this.#event.req.waitUntil) void this.#event.req.waitUntil(work)
    else super.waitUntil(work)
  }
}

/** The headers of a `Response`, or of what h3 uses in its place. */
function headersOf(value: unknown): Headers | undefined {
  const headers = typeof value === 'object' && value !== null && 'headers' in value ? value.headers : undefined
  return headers instanceof Headers ? headers : undefined
}
