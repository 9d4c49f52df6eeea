/** A visitor of an application that has no pages: keeps cookies as a browser does, and sends JSON as its own pages would. */
export class Visitor {
  readonly #origin: string
  readonly #jar = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
  }

  get(path: string): Promise<Reply> {
    return this.#ask(path, { method: 'GET' })
  }

  post(path: string, body: object = {}, site = 'same-origin'): Promise<Reply> {
    const headers = { 'Content-Type': 'application/json', 'Sec-Fetch-Site': site }
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async #ask(path: string, init: { method: string; headers?: Record<string, string>; body?: string }): Promise<Reply> {
    const cookie = [...this.#jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(this.#origin + path, { ...init, headers: { ...init.headers, cookie }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parsed(text) }
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '') this.#jar.delete(name)
    else this.#jar.set(name, value)
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** `undefined` if it is none. */
  readonly json: unknown
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
