import type { AdapterApplication, AdapterSetup } from './application.ts'
import { costRules } from './costs.ts'
import { errorRules } from './errors.ts'
import { handleRules } from './handle.ts'
import { lifeRules } from './life.ts'
import { savingRules } from './saving.ts'
import { openWorld } from './world.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { caseOf } from '../_shared/contract-case.ts'
import type { ContractCase } from '../_shared/contract-case.ts'

/** Options of {@link adapterContract}. */
export interface AdapterContractOptions {
  /**
   * Makes the store of each case, such as `memoryStore`. An adapter may wait only for a store that answers later: run
   * the suite on one that answers at once, and on one that does not.
   */
  readonly store: () => SessionStore
  /** The cases that cannot hold, by name, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>
}

/**
 * The contract suite of framework adapters, for any test runner. However a handler responds, its changes are saved
 * before the first byte, or the client gets an error. A session that is not used costs nothing, and a dead session
 * stays dead. The suite never sleeps. Each case makes an application of its own with `make`, and closes it.
 *
 * @example
 * ```ts from: examples/reference/testing/contracts.test.ts#adapter
 * for (const { name, why, skip, run } of adapterContract(makeApplication, { store: memoryStore })) {
 *   test(`${name}: ${why}`, { skip: skip !== undefined }, run)
 * }
 * ```
 *
 * @throws TypeError if `skip` names no case
 */
export function adapterContract(
  make: (setup: AdapterSetup) => Promise<AdapterApplication>,
  options: AdapterContractOptions,
): readonly ContractCase[] {
  const { store, skip = {} } = options
  const rules = [savingRules, errorRules, costRules, lifeRules, handleRules].flat()
  const unknown = Object.keys(skip).find((name) => !rules.some((rule) => rule.name === name))
  if (unknown !== undefined) throw new TypeError(`adapterContract: there is no case '${unknown}' to skip.`)
  return rules.map((rule) => caseOf(rule, () => openWorld(make, store(), rule.times ?? 1), skip[rule.name]))
}
