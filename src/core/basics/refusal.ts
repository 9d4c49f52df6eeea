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

type Translation = (given: Refusal) => object

const translations = new Set<Translation>()

/**
 * For adapters of frameworks that read the response off an error, and whose error path no adapter can join: from now on each
 * error that holds a refusal gets these properties besides.
 */
export function translateRefusals(translation: Translation): void {
  translations.add(translation)
}

/** The properties that the adapters in use want on an error with this refusal. */
export function translated(given: Refusal): object {
  return Object.assign({}, ...[...translations].map((translation) => translation(given)))
}
