/** One response header to add. `Set-Cookie` lines are appended one by one. */
export type HeaderLine = readonly [name: string, value: string]

/** What a client is answered instead of what it asked for. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** Whether a header of a refusal is added to those of its name that the response has; any other replaces them. */
export function isAppended(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'vary' || lower === 'set-cookie'
}

/** What a refusal is in Fetch. */
export function responseOf({ status, headers, body }: Refusal): Response {
  return new Response(body, { status, headers: headers.map(([name, value]) => [name, value]) })
}

/** A refusal in plain text, which no cache keeps. */
export function refusal(status: number, body: string, headers: readonly HeaderLine[] = []): Refusal {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8'], ['Cache-Control', 'no-store'], ...headers], body }
}
