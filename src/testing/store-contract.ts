import type { SessionStore } from '../core/contracts/store.ts'
import { deadlineRules } from './store-contract/deadlines.ts'
import { noticeRules } from './store-contract/notices.ts'
import { principalRules } from './store-contract/principals.ts'
import { raceRules } from './store-contract/races.ts'
import { recordRules } from './store-contract/records.ts'
import type { Rule } from './store-contract/rule.ts'
import { scannerRules } from './store-contract/scanner.ts'
import { sweeperRules } from './store-contract/sweeper.ts'
import { valueRules } from './store-contract/values.ts'

/** One case of the contract suite. */
export interface ContractCase {
  readonly name: string
  /** What goes wrong in an application when a store breaks this. */
  readonly why: string
  /** Why this case is not to be run, if so. */
  readonly skip?: string
  /** Makes a store, tries it, closes it. Rejects if the store breaks the contract. */
  run(): Promise<void>
}

/** Options of {@link storeContract}. */
export interface StoreContractOptions {
  /** The capabilities that the store does not have, each with the reason. A capability missed without a reason is a failure. */
  readonly skip?: { readonly principals?: string; readonly sweeper?: string; readonly scanner?: string; readonly notices?: string }
}

/**
 * The contract suite: what every store must do, for any test runner. It needs no sleep and no clock; each case gets a new store from `make`,
 * which must be empty, and closes it. The cases may be run side by side if the stores share nothing.
 *
 * @example
 * ```ts from: examples/reference/testing/contracts.test.ts#store
 * for (const { name, why, skip, run } of storeContract(() => myStore())) {
 *   test(`${name}: ${why}`, { skip: skip !== undefined }, run)
 * }
 * ```
 */
export function storeContract(
  make: () => Promise<SessionStore> | SessionStore,
  options: StoreContractOptions = {},
): readonly ContractCase[] {
  const { principals, sweeper, scanner, notices } = options.skip ?? {}
  return [
    ...[recordRules, deadlineRules, raceRules, valueRules].flatMap((rules) => rules.map((rule) => caseOf(make, rule))),
    ...principalRules.map((rule) => caseOf(make, rule, principals)),
    ...sweeperRules.map((rule) => caseOf(make, rule, sweeper)),
    ...scannerRules.map((rule) => caseOf(make, rule, scanner)),
    ...noticeRules.map((rule) => caseOf(make, rule, notices)),
  ]
}

function caseOf(make: () => Promise<SessionStore> | SessionStore, rule: Rule, skip?: string): ContractCase {
  async function run(): Promise<void> {
    const store = await make()
    try {
      await rule.check(store)
    } finally {
      await store.close()
    }
  }
  return { name: rule.name, why: rule.why, run, ...(skip !== undefined && { skip }) }
}
