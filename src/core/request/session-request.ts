import type { RequestInfo } from './find-session.ts'
import { readForm } from './form.ts'
import { headerOf } from './header.ts'
import { warnOfPlainHttp } from './plain-http.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { RequestLike, Transport } from '../contracts/transport.ts'

const PURPOSES = ['sec-purpose', 'x-sec-purpose', 'purpose', 'x-moz'] as const

/** Where a request comes from, as the application knows. */
export type AddressOf = (request: RequestLike) => string | null | undefined

/** What tells of the connection in a Fetch request, and in node's; of HTTP/2 it is the stream's. */
interface Connected {
  readonly signal?: { readonly aborted: boolean }
  readonly socket?: { readonly destroyed: boolean }
}

/**
 * Looks at the request only when asked: a session that is not used costs this object and no more. With `formTransport`
 * the form of a Fetch request is read at once.
 */
export class SessionRequest implements RequestInfo {
  readonly openedAt: number
  exchange: Exchange | undefined
  readonly url: string | undefined
  form: unknown
  readonly #request: RequestLike
  readonly #addressOf: AddressOf | undefined
  /** The form of a Fetch request: its copy is taken before the handler can read the body. */
  readonly #fetchForm: Promise<unknown> | undefined

  constructor(
    request: RequestLike,
    openedAt: number,
    exchange: Exchange | undefined,
    { links }: Pick<Transport, 'links'> = {},
    addressOf?: AddressOf,
  ) {
    this.openedAt = openedAt
    this.exchange = exchange
    this.#request = request
    this.#addressOf = addressOf
    if (!links) return
    // Now, because routers that are mounted below a path cut it off while they run.
    this.url = request.originalUrl ?? request.url
    if (links.in === 'form' && request instanceof Request) this.#fetchForm = readForm(request)
  }

  get method(): string | undefined {
    return this.#request.method
  }

  header(name: string): string | undefined {
    return headerOf(this.#request, name)
  }

  get address(): string | undefined {
    return this.#addressOf ? (this.#addressOf(this.#request) ?? undefined) : this.exchange?.address
  }

  get userAgent(): string | undefined {
    return this.exchange?.userAgent ?? this.header('user-agent')
  }

  /** Asked for in advance, or without its body. Turbo cannot set `Sec-` headers, so it has one of its own. */
  get isPreview(): boolean {
    return this.method === 'HEAD' || PURPOSES.some((name) => this.header(name)?.startsWith('prefetch'))
  }

  get hasClientLeft(): boolean {
    const { signal, socket } = this.#request as Connected
    return signal?.aborted === true || socket?.destroyed === true
  }

  warnOfPlainHttp(): void {
    warnOfPlainHttp(this.#request)
  }

  async readForm(): Promise<void> {
    this.form = await (this.#fetchForm ?? readForm(this.#request))
  }
}
