import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, Committable } from '../../core/contracts/exchange.ts'
import { hold, noteDependence } from './hold.ts'
import type { FailurePath } from './hold.ts'
import { markResponse } from './headers.ts'
import { isResponse } from './response.ts'

/**
 * The exchange of a request and its response as node has them, over HTTP/1 or HTTP/2; also for frameworks that stand on
 * them. Where there is no response, as at an upgrade, sessions can be read, and are saved by `session.commit()`.
 */
export abstract class NodeExchange implements Exchange, FailurePath {
  protected readonly request: IncomingMessage
  protected readonly response: ServerResponse
  #vary: string | undefined

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
  }

  /** The framework's error path for a failed save; the response is ready for a new answer. */
  abstract failed(error: unknown): void

  /** Express knows which proxies are to be believed (`trust proxy`), and says so in `ip`. */
  get address(): string | undefined {
    // Empty where a stand-in for a request has no connection.
    return (this.request as { ip?: string }).ip ?? (this.request.socket?.remoteAddress || undefined)
  }

  get userAgent(): string | undefined {
    return this.request.headers['user-agent']
  }

  accessed(vary: string): void {
    this.#vary = vary
    if (!isResponse(this.response) || this.response.headersSent || noteDependence(this.response, vary)) return
    markResponse(this.response, [vary])
  }

  changed(session: Committable): void {
    if (isResponse(this.response)) hold(this.response, session, this.#vary, this)
  }
}

/** The exchange of a framework whose error path is one function, such as Express's `next`. */
export class CallbackExchange extends NodeExchange {
  readonly #fail: (error: unknown) => void

  constructor(request: IncomingMessage, response: ServerResponse, fail: (error: unknown) => void) {
    super(request, response)
    this.#fail = fail
  }

  failed(error: unknown): void {
    this.#fail(error)
  }
}
