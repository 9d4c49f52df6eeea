/** One response header to add. `Set-Cookie` lines are appended one by one. */
export type HeaderLine = readonly [name: string, value: string]

/** The response that a client gets instead of the one it asked for. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** Whether a header of a refusal is added to the response's headers of that name. Any other header replaces them. */
export function isAppended(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'vary' || lower === 'set-cookie'
}

/** A refusal as a Fetch `Response`. */
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
 * For frameworks that read the response off an error, and whose error path their adapter cannot join: from now on each
 * error that holds a refusal also gets these properties.
 */
export function translateRefusals(translation: Translation): void {
  translations.add(translation)
}

/** The properties that the adapters in use need on an error with this refusal. */
export function translated(given: Refusal): object {
  return Object.assign({}, ...[...translations].map((translation) => translation(given)))
}
