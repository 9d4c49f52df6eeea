/**
 * The interface for scripts: the addresses of Spring's actuator endpoint `sessions`, and the words of this package.
 * Times are epoch milliseconds.
 *
 * @module
 */
import type { Minute } from './counts/numbers.ts'
import type { Shown } from './desk/shown.ts'

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status })
}

/** Whether a person asks: a browser. */
export function wantsPage(request: Request): boolean {
  return request.headers.get('accept')?.includes('text/html') ?? false
}

export function sessionJson(session: Shown): object {
  const { authenticatedAt, ...others } = session
  return authenticatedAt > 0 ? session : others
}

/** The minutes in which something happened. */
export function numbersJson(live: number | undefined, minutes: readonly Minute[]): object {
  const busy = minutes.filter(({ counts }) => Object.keys(counts).length > 0)
  return { live, minutes: busy.map(({ at, counts, slowest }) => ({ at, ...counts, slowest })) }
}
