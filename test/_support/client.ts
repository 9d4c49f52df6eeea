import type { Session, SessionSource } from '../../src/index.ts'

/** Cookies by name, as a browser keeps them. */
export type Jar = Map<string, string>

/** The Cookie header of these cookies. */
function cookieHeader(jar: Jar): string {
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** One request and its response, as the client sees them. */
export interface Visit<Result> {
  /** What the handler returned. */
  readonly result: Result
  readonly response: Response
  /** The Set-Cookie lines of the response. */
  readonly setCookies: string[]
}

export interface Client<Data extends object> {
  readonly jar: Jar
  /**
   * One request. Cookies are sent as they are now and stored when the response arrives; it rejects with what the
   * handler or the save throws.
   */
  run<Result>(handler: (session: Session<Data>) => Result | Promise<Result>, options?: RunOptions<Data>): Promise<Visit<Result>>
  /** A handle without a response, as in a socket or a job: it is committed by hand. */
  open(at?: SessionSource<Data>): Session<Data>
  /** Somebody with a copy of the cookies as they are now: a thief, a restored profile. */
  copy(): Client<Data>
}

export interface RunOptions<Data extends object> {
  /** The response never arrives: its cookies are not stored. */
  readonly lost?: boolean
  /** Another process, or another application, that answers this one. */
  readonly at?: SessionSource<Data>
  readonly headers?: Readonly<Record<string, string>>
}

/** A browser with a cookie jar that talks to `sessions.handle`. */
export function client<Data extends object>(sessions: SessionSource<Data>, jar: Jar = new Map()): Client<Data> {
  return {
    jar,
    open: (at = sessions) => at.open({ headers: { cookie: cookieHeader(jar) } }),
    copy: () => client(sessions, new Map(jar)),
    async run<Result>(
      handler: (session: Session<Data>) => Result | Promise<Result>,
      options: RunOptions<Data> = {},
    ): Promise<Visit<Result>> {
      const { lost = false, at = sessions, headers = {} } = options
      const cookie = cookieHeader(jar)
      const request = new Request('https://shop.test/', { headers: { ...(cookie !== '' && { cookie }), ...headers } })
      let result: Result
      const response = await at.handle(request, async (session) => {
        result = await handler(session)
        return new Response('ok')
      })
      const setCookies = response.headers.getSetCookie()
      if (!lost) for (const line of setCookies) store(jar, line)
      return { result: result!, response, setCookies }
    },
  }
}

function store(jar: Jar, line: string): void {
  const [pair, ...attributes] = line.split('; ')
  const [name, value] = pair!.split('=') as [string, string]
  if (attributes.includes('Max-Age=0')) jar.delete(name)
  else jar.set(name, value)
}
