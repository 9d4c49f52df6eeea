import type { HeaderLine } from '../transport.ts'

/** What a client is answered instead of what it asked for. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** A refusal in plain text, which no cache keeps. */
export function refusal(status: number, body: string, headers: readonly HeaderLine[] = []): Refusal {
  return { status, headers: [['Content-Type', 'text/plain; charset=utf-8'], ['Cache-Control', 'no-store'], ...headers], body }
}
