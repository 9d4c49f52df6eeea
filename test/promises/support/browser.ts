import { Agent, request } from 'node:http'

/** Cookies by name, as a browser keeps them. */
export type Jar = Map<string, string>

export interface Reply {
  readonly status: number
  readonly body: string
  readonly json: unknown
  /** The Set-Cookie lines. */
  readonly setCookies: readonly string[]
  /** Those among them that hand out something. */
  readonly tokens: readonly string[]
}

/** Keep-alive connections, as many as it takes. */
const agent = new Agent({ keepAlive: true })

/** A browser with a cookie jar, over real connections to ports of this machine. */
export class Browser {
  readonly jar: Jar

  constructor(jar: Jar = new Map()) {
    this.jar = jar
  }

  /** Somebody with the same cookies from now on apart: what they get, this one does not. */
  copy(): Browser {
    return new Browser(new Map(this.jar))
  }

  async get(port: number, path: string, { method = 'GET' }: { method?: string } = {}): Promise<Reply> {
    const reply = await fetchWith(port, path, method, [...this.jar].map(([name, value]) => `${name}=${value}`).join('; '))
    for (const line of reply.setCookies) this.#keep(line)
    return reply
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]*)=([^;]*)/.exec(line) ?? []
    if (line.includes('; Max-Age=0')) this.jar.delete(name!)
    else this.jar.set(name!, value!)
  }
}

/** One request with exactly these cookies. */
export function fetchWith(port: number, path: string, method: string, cookie: string | string[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = cookie === '' ? {} : { Cookie: cookie }
    const outgoing = request({ agent, port, host: '127.0.0.1', path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        const isJson = String(response.headers['content-type']).startsWith('application/json')
        const setCookies = response.headers['set-cookie'] ?? []
        resolve({
          status: response.statusCode!,
          body,
          json: isJson && body !== '' ? JSON.parse(body) : undefined,
          setCookies,
          tokens: setCookies.filter((line) => !/^[^=]*=;/.test(line)),
        })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
