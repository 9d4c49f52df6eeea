import type { Answer } from '../basics/answer.ts'
import type { Exchange } from '../contracts/exchange.ts'

/**
 * Takes care of work that goes on beside a response or after it, and does not fail: it is handed to the platform if
 * the adapter can, and otherwise waited for where the platform would freeze it (counterexample `frozen-touch`).
 */
export function beside({ freezes }: { readonly freezes: boolean }, exchange: Exchange | undefined, work: Promise<unknown>): Answer<void> {
  if (exchange?.waitUntil) exchange.waitUntil(work)
  else if (freezes) return work.then(ignore)
  return undefined
}

function ignore(): void {}
