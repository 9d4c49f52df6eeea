import { MAX_FORM_BYTES } from '../basics/limits.ts'
import type { RequestInfo } from './find-session.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { RequestLike, Transport } from '../contracts/transport.ts'

/** Looks at the request only when asked: an untouched one costs this object and no more. */
export class SessionRequest implements RequestInfo {
  readonly openedAt: number
  exchange: Exchange | undefined
  readonly url: string | undefined
  form: unknown
  readonly #request: RequestLike
  /** Of a Fetch request, whose body only one can read: the handler has the other. */
  readonly #copy: Request | undefined

  constructor(request: RequestLike, openedAt: number, exchange: Exchange | undefined, { links }: Pick<Transport, 'links'> = {}) {
    this.openedAt = openedAt
    this.exchange = exchange
    this.#request = request
    if (!links) return
    // Now: routers that are mounted below a path cut it off while they run.
    this.url = request.originalUrl ?? request.url
    if (links.in === 'form' && isFetchForm(request)) this.#copy = request.clone()
  }

  get method(): string | undefined {
    return this.#request.method
  }

  header(name: string): string | undefined {
    return headerOf(this.#request, name)
  }

  get address(): string | undefined {
    return this.exchange?.address
  }

  get userAgent(): string | undefined {
    return this.exchange?.userAgent ?? this.header('user-agent')
  }

  async readForm(): Promise<void> {
    if (!isForm(this)) return
    this.form = this.#copy ? await parsed(this.#copy) : this.#request.body
  }
}

/** A header of a request by its lower-case name; several lines of one header are joined as HTTP says. */
export function headerOf({ headers }: RequestLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Record<string, string | string[] | undefined>)[name]
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value
}

/** What a page of this site sends; JSON is no form, whatever it holds. */
function isForm(head: { header(name: string): string | undefined }): boolean {
  return /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(head.header('content-type') ?? '')
}

function isFetchForm(request: RequestLike): request is Request {
  if (!(request instanceof Request) || request.body === null || request.bodyUsed || request.body.locked) return false
  return isForm({ header: (name) => request.headers.get(name) ?? undefined })
}

/** `undefined` for what is no form, or larger than a form that carries a token may be. */
async function parsed(request: Request): Promise<FormData | undefined> {
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = request.body!.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value)
      size += read.value.byteLength
      if (size > MAX_FORM_BYTES) {
        // Not awaited: it is settled only when the handler is done with its part.
        reader.cancel().catch(() => undefined)
        return undefined
      }
    }
    // oxlint-disable-next-line no-deprecated -- Discouraged for large bodies; this one is small.
    return await new Response(new Blob(chunks), { headers: { 'Content-Type': request.headers.get('Content-Type')! } }).formData()
  } catch {
    return undefined
  }
}
