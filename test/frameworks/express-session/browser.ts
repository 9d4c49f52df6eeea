/** What a client sees of one response. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly setCookies: readonly string[]
}

/** A client with a cookie jar that follows no redirect. */
export interface Browser {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(path: string): Promise<Answer>
  /** The cookies it holds, as a header. */
  cookies(): string
  /** Another with a copy of its cookies. */
  copy(): Browser
  /** Another whose cookies have the same names and were changed. */
  forged(): Browser
}

export function browser(port: number, jar: ReadonlyMap<string, string> = new Map()): Browser {
  const cookies = new Map(jar)
  const header = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  async function send(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      redirect: 'manual',
      headers: { cookie: header(), ...headers },
    })
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at))
      else cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    return { status: response.status, body: await response.text(), setCookies }
  }

  return {
    get: (path, headers) => send('GET', path, headers),
    post: (path) => send('POST', path),
    cookies: header,
    copy: () => browser(port, cookies),
    forged: () => browser(port, new Map([...cookies].map(([name, value]) => [name, `${value.slice(0, -2)}xx`]))),
  }
}
