import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkSessions } from '../../core/arguments.ts'
import type { SessionSource } from '../../core/adapters.ts'
import { checkOptions } from '../../core/basics/known-options.ts'
import type { KnownOptions } from '../../core/basics/known-options.ts'
import { SojournError } from '../../core/basics/errors.ts'
import type { Committable } from '../../core/contracts/exchange.ts'
import type { Session } from '../../core/session.ts'
import { NodeExchange } from './exchange.ts'
import { sendBareFailure } from './failure.ts'
import { markFailure, markResponse, removeRepresentation } from './headers.ts'
import { settling } from './hold.ts'
import { isHttp1, streamOf } from './response.ts'
import type { AnyResponse } from './response.ts'
import { Saving } from './saving.ts'

/** What a framework knows of a request besides. */
export interface AroundOptions {
  /** The client's address, for the list of a principal's sessions. Left out: that of the connection. */
  readonly address?: string | undefined
}

const OPTIONS: KnownOptions<AroundOptions> = { address: true }

/**
 * Runs the rest of a request in its session, for frameworks on node:http whose middleware waits for what comes after
 * it, such as AdonisJS. `sessions.open(request)` returns the same handle.
 *
 * What was changed is saved when `run` has ended, also if it throws, and before the first byte of the response in any
 * case. If the save fails, `around` throws the error, as if `run` had thrown it, and the response is ready for an error
 * page. What changes later is saved before the first byte too; if that save fails, the client gets a bare 500, and the
 * process a warning.
 *
 * @example
 * ```ts from: examples/reference/frameworks/around.ts#around
 * async function middleware(request: IncomingMessage, response: ServerResponse, next: () => Promise<void>): Promise<void> {
 *   await around(sessions, request, response, next)
 * }
 * ```
 *
 * @returns what `run` returned
 */
export async function around<Data extends object, Value>(
  sessions: SessionSource<Data>,
  request: IncomingMessage,
  response: ServerResponse,
  run: (session: Session<Data>) => Value | Promise<Value>,
  options: AroundOptions = {},
): Promise<Value> {
  checkSessions(sessions, 'around(sessions, …)', 'sojourn/node')
  checkOptions('around', options, OPTIONS)
  const exchange = new AroundExchange(request, response, options)
  const opened = sessions.open(request, exchange)
  let value: Value
  try {
    value = await run(opened)
  } catch (error) {
    await exchange.settle()
    throw error
  }
  await exchange.settle()
  return value
}

class AroundExchange extends NodeExchange {
  readonly #address: string | undefined
  #vary: string | undefined
  #saving: Saving | undefined
  #failure: { readonly error: unknown } | undefined
  #isOver = false

  constructor(request: IncomingMessage, response: ServerResponse, { address }: AroundOptions) {
    super(request, response)
    this.#address = address
  }

  override get address(): string | undefined {
    return this.#address ?? super.address
  }

  override accessed(vary: string): void {
    this.#vary = vary
    super.accessed(vary)
  }

  override changed(session: Committable): void {
    // Some stand-ins for a response are taken as they are now, and never sent.
    if (this.#isOver && !isHttp1(this.response) && !streamOf(this.response as AnyResponse)) {
      throw new SojournError('ERR_SESSION_COMMITTED', 'The session was changed after its response had been handed over. Change it before.')
    }
    super.changed((this.#saving ??= new Saving(session)))
  }

  failed(error: unknown): void {
    if (this.#isOver) sendBareFailure(this.response, error)
    else this.#failure = { error }
  }

  /** Saves, or waits for what the hold is saving. Throws a failure. */
  async settle(): Promise<void> {
    await settling(this.response)
    if (!this.#failure && !this.response.headersSent) await this.#finish()
    this.#isOver = true
    if (this.#failure) throw this.#failure.error
  }

  /** Some stand-ins for a response send without its methods, so neither the hold nor the mark can be left to those. */
  async #finish(): Promise<void> {
    const { response } = this
    const saving = this.#saving
    const varies = this.#vary === undefined ? [] : [this.#vary]
    if (!saving) return varies.length > 0 ? markResponse(response, varies) : undefined
    try {
      await saving.commit()
      markResponse(response, varies, saving.takeHeaders())
    } catch (error) {
      saving.giveUp()
      removeRepresentation(response)
      markFailure(response)
      response.setHeader('Cache-Control', 'no-store')
      this.#failure = { error }
    }
  }
}
