/**
 * Where sessions join the platforms that Nest runs on.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Logger } from '@nestjs/common'
import type { SessionSource } from '../../core/adapters.ts'
import { describesBody } from '../_shared/representation.ts'
import { CallbackExchange, NodeExchange } from '../node/exchange.ts'
import { sendBareFailure, sendPlainFailure } from '../node/failure.ts'

/** Nest's adapter of a platform. */
export interface Platform {
  getType(): string
  getInstance(): unknown
  use(middleware: (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void): unknown
}

/** Fastify, as far as we need it. */
interface Fastify {
  hasRequestDecorator(name: string): boolean
  decorateRequest(name: string): unknown
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, next: () => void) => void): unknown
  errorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown
}

interface FastifyRequest {
  readonly raw: IncomingMessage
  readonly headers: IncomingMessage['headers']
  readonly ip: string
  session?: unknown
}

interface FastifyReply {
  readonly raw: ServerResponse
  readonly sent: boolean
  getHeaders(): Record<string, unknown>
  removeHeader(name: string): unknown
  header(name: string, value: string): unknown
  code(status: number): unknown
}

/** Opens each request's session before the middleware of all modules, and puts it at `request.session`. */
export function join(platform: Platform, sessions: SessionSource): void {
  if (platform.getType() === 'fastify') return joinFastify(platform.getInstance() as Fastify, sessions)
  platform.use((request, response, next) => {
    const session = sessions.open(request, new CallbackExchange(request, response, next))
    Object.assign(request, { session })
    next()
  })
}

function joinFastify(fastify: Fastify, sessions: SessionSource): void {
  if (!fastify.hasRequestDecorator('session')) fastify.decorateRequest('session')
  fastify.addHook('onRequest', (request, reply, next) => {
    request.session = sessions.open(request, new FastifyExchange(fastify, request, reply))
    next()
  })
}

class FastifyExchange extends NodeExchange {
  readonly #fastify: Fastify
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply

  constructor(fastify: Fastify, request: FastifyRequest, reply: FastifyReply) {
    super(request.raw, reply.raw)
    this.#fastify = fastify
    this.#request = request
    this.#reply = reply
  }

  /** Follows the option `trustProxy`. */
  override get address(): string {
    return this.#request.ip
  }

  /**
   * Passes the error to Nest's exception filters. `reply.send(error)` would miss them where a module registers a plugin
   * as it starts: Nest sets its error handler later, and each route has kept the one that Fastify had before, which
   * tells the client the error's code and message.
   */
  failed(error: unknown): void {
    const reply = this.#reply
    // Hijacked, or aborted.
    if (reply.sent || reply.raw.headersSent) {
      new Logger('sojourn').error(error)
      sendPlainFailure(reply.raw)
      return
    }
    for (const name of Object.keys(reply.getHeaders())) if (describesBody(name)) reply.removeHeader(name)
    reply.code(500)
    reply.header('cache-control', 'no-store')
    void this.#handle(error)
  }

  async #handle(error: unknown): Promise<void> {
    try {
      await this.#fastify.errorHandler(error, this.#request, this.#reply)
    } catch (another) {
      sendBareFailure(this.#reply.raw, another)
    }
  }
}
