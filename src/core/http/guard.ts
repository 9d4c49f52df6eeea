import type { Refusal } from './refusal.ts'
import type { Session } from '../session.ts'
import type { RequestLike } from '../transport.ts'

/**
 * Decides whether a request may go on: `undefined`, or what its client is answered instead. Framework adapters run it; what it changes in
 * the session is saved with either answer.
 */
export type Guard<Data extends object = Record<string, unknown>> = (
  request: RequestLike,
  session: Session<Data>,
) => Refusal | undefined | Promise<Refusal | undefined>

/** The answer of the first guard that refuses, asked in order; `undefined` if none does. */
export async function firstRefusal<Data extends object>(
  guards: readonly Guard<Data>[],
  request: RequestLike,
  session: Session<Data>,
): Promise<Refusal | undefined> {
  for (const guard of guards) {
    const refusal = await guard(request, session)
    if (refusal) return refusal
  }
  return undefined
}
