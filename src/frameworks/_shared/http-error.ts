import type { Refusal } from '../../core/basics/refusal.ts'

/**
 * A refusal in the form in which Express and Fastify look for it on an error: Express at `status`, Fastify at
 * `statusCode`, both at `headers`.
 */
export function asHttpError({ status, headers }: Refusal): object {
  // Without the type of the body, because the frameworks write a body of their own.
  const others = headers.filter(([name]) => name !== 'Content-Type')
  return { status, statusCode: status, headers: Object.fromEntries(others) }
}
