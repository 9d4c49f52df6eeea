import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange, Committable } from '../../core/contracts/exchange.ts'
import { markDependent } from './headers.ts'
import { hold } from './hold.ts'

/** The exchange of a node:http request and its response; also for frameworks whose request and response are node's. */
export class NodeExchange implements Exchange {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #fail: (error: unknown) => void
  #vary: string | undefined

  /** @param fail the framework's error path for a failed save; the response is ready for a new answer. Must not throw. */
  constructor(request: IncomingMessage, response: ServerResponse, fail: (error: unknown) => void) {
    this.#request = request
    this.#response = response
    this.#fail = fail
  }

  get address(): string | undefined {
    return this.#request.socket.remoteAddress
  }

  get userAgent(): string | undefined {
    return this.#request.headers['user-agent']
  }

  accessed(vary: string): void {
    this.#vary = vary
    if (!this.#response.headersSent) markDependent(this.#response, vary)
  }

  changed(session: Committable): void {
    hold(this.#response, session, { vary: this.#vary, fail: this.#fail })
  }
}
