import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A browser without pages: it keeps cookies, and says where its requests come from, as browsers do. */
export interface Visitor {
  /** The Cookie header of its next request. */
  readonly cookie: string
  /** Sends an object as JSON, and `URLSearchParams` as a form. */
  send(
    path: string,
    options?: { method?: string; body?: object | URLSearchParams; headers?: Readonly<Record<string, string>> },
  ): Promise<Response>
}

export function visitorOf(origin: string): Visitor {
  const jar = new Map<string, string>()
  const cookieHeader = (): string => Array.from(jar, (pair) => pair.join('=')).join('; ')
  return {
    get cookie() {
      return cookieHeader()
    },
    async send(path, { body, method = body ? 'POST' : 'GET', headers = {} } = {}) {
      const isForm = body instanceof URLSearchParams
      const own = {
        'Sec-Fetch-Site': 'same-origin',
        ...(jar.size > 0 && { Cookie: cookieHeader() }),
        ...(body && { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
      }
      const text = isForm ? String(body) : body && JSON.stringify(body)
      const response = await ask(new URL(path, origin), { method, headers: { ...own, ...headers } }, text)
      for (const line of response.headers.getSetCookie()) keep(jar, line)
      return response
    },
  }
}

/** Not by `fetch`, which has a `Sec-Fetch-Mode` of its own. */
async function ask(url: URL, options: RequestOptions, body: string | undefined): Promise<Response> {
  const asking = request(url, options).end(body)
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  const { statusCode: status = 0, rawHeaders } = answer
  const text = await buffer(answer)
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, at) => [rawHeaders[2 * at]!, rawHeaders[2 * at + 1]!] as const)
  return new Response(text.length === 0 ? null : new Uint8Array(text), { status, headers: headers as [string, string][] })
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const name = pair.slice(0, pair.indexOf('='))
  if (attributes.includes('Max-Age=0')) jar.delete(name)
  else jar.set(name, pair.slice(name.length + 1))
}
