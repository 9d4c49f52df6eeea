import type { RequestLike } from '../contracts/transport.ts'

/** A header of a request by its lower-case name; several lines of one header are joined as HTTP says. */
export function headerOf({ headers }: RequestLike, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Record<string, string | string[] | undefined>)[name]
  return Array.isArray(value) ? value.join(name === 'cookie' ? '; ' : ', ') : value
}
