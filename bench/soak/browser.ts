/**
 * One browser: it keeps cookies, and goes away in all the ways that browsers do.
 *
 * @module
 */
import { once } from 'node:events'
import { request } from 'node:http'
import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'

export type Outcome = 'answered' | 'refused' | 'failed'

/** An open stream of events. */
export interface Tab {
  /** Resolves when the stream is over, whoever ended it. */
  readonly over: Promise<unknown>
  close(): void
}

export class Browser {
  readonly #port: number
  readonly #agent: Agent
  readonly #jar = new Map<string, string>()

  constructor(port: number, agent: Agent) {
    this.#port = port
    this.#agent = agent
  }

  async ask(path: string, cookie: string = this.#cookie): Promise<Outcome> {
    try {
      const response = await this.#answerTo(this.#send(path, cookie))
      response.resume()
      await once(response, 'end')
      const status = response.statusCode!
      if (status < 400) return 'answered'
      return status === 401 || status >= 500 ? 'refused' : 'failed'
    } catch {
      return 'failed'
    }
  }

  /** Sends a request with cookies that nobody has issued. */
  askForged(path: string): Promise<Outcome> {
    return this.ask(
      path,
      this.#cookie.replaceAll(/[a-f]/g, (letter) => (letter === 'a' ? 'f' : 'a')),
    )
  }

  /** Goes away before the response, or in the middle of it. */
  async abort(path: string, isAtOnce: boolean): Promise<void> {
    const asked = this.#send(path, this.#cookie)
    asked.on('error', () => undefined)
    try {
      // Long enough for it to be sent, and sometimes for the handler to begin.
      if (isAtOnce) await setTimeout(Math.random() * 10)
      else await once(await this.#answerTo(asked), 'readable')
    } catch {
      // The request failed before it was broken off.
    }
    asked.destroy()
  }

  /** `undefined` if there is no stream for this browser. */
  async open(path: string): Promise<Tab | undefined> {
    const asked = this.#send(path, this.#cookie)
    try {
      const response = await this.#answerTo(asked)
      response.on('error', () => undefined)
      response.resume()
      if (response.statusCode !== 200) return undefined
      return { over: new Promise((resolve) => response.once('close', resolve)), close: () => void asked.destroy() }
    } catch {
      return undefined
    }
  }

  get #cookie(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #send(path: string, cookie: string): ClientRequest {
    const headers = cookie === '' ? {} : { cookie }
    return request({ port: this.#port, host: '127.0.0.1', path, headers, agent: this.#agent }).end()
  }

  async #answerTo(asked: ClientRequest): Promise<IncomingMessage> {
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') this.#jar.delete(name!)
      else this.#jar.set(name!, value!)
    }
    return response
  }
}
