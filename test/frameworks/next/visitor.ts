/** A visitor without JavaScript and without a browser, whose cookies can be looked at one by one. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  /** The `Set-Cookie` lines of the last response. */
  sent: readonly string[] = []
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const headers = { cookie, origin: this.#url, ...(init.headers as Record<string, string> | undefined) }
    const response = await fetch(this.#url + path, { redirect: 'manual', ...init, headers })
    this.sent = response.headers.getSetCookie()
    for (const line of this.sent) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  async read(path: string, init: RequestInit = {}): Promise<string> {
    return (await this.send(path, init)).text()
  }

  /** Sends the form of `/traps` that has this id, as a browser does before its scripts are loaded. */
  async act(id: string): Promise<Response> {
    const field = new RegExp(`<form[^>]* id="${id}".*?name="(\\$ACTION_ID_\\w+)"`).exec(await this.read('/traps'))?.[1]
    if (field === undefined) throw new Error(`There is no form ${id}.`)
    const form = new FormData()
    form.set(field, '')
    return this.send('/traps', { method: 'POST', body: form })
  }

  copy(): Visitor {
    const other = new Visitor(this.#url)
    for (const pair of this.cookies) other.cookies.set(...pair)
    return other
  }
}

/** The text of the element with an id. */
export function textOf(html: string, id: string): string | undefined {
  return new RegExp(`id="${id}">([^<]*)<`).exec(html)?.[1]
}
