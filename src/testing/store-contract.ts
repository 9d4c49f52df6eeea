import type { SessionStore } from '../core/contracts/store.ts'
import { deadlineRules } from './store-contract/deadlines.ts'
import { noticeRules } from './store-contract/notices.ts'
import { ownExpiryRules, type EngineTtl } from './store-contract/own-expiry.ts'
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
  /** What goes wrong in an application when this does not hold. */
  readonly why: string
  /** Why this case must not be run. Left out if it is to be run. */
  readonly skip?: string
  /** Makes what it needs, tries it, closes it. Rejects if the contract is broken. */
  run(): Promise<void>
}

/** Options of {@link storeContract}. */
export interface StoreContractOptions {
  /**
   * The capabilities that the store does not have, each with the reason. A missing capability without a reason is a
   * failure.
   */
  readonly skip?: { readonly principals?: string; readonly sweeper?: string; readonly scanner?: string; readonly notices?: string }
  /**
   * For a store whose engine drops things by its own clock: how the suite learns when it will. With it the suite also
   * checks that nothing is dropped too early.
   */
  readonly engineTtl?: EngineTtl
}

/**
 * The contract suite of stores, for any test runner: what every store must do. It never sleeps. Each case gets a new
 * store from `make`, which must be empty, and closes it. The cases may run side by side if the stores share nothing.
 * The store may return values, promises, or now one and now the other.
 *
 * @example
 * ```ts from: examples/reference/testing/contracts.test.ts#store
 * for (const { name, why, skip, run } of storeContract(() => myStore())) {
 *   // This is vitest's way to tell the reason. With node:test: test(`${name}: ${why}`, { skip }, run)
 *   test(`${name}: ${why}`, (context) => (skip === undefined ? run() : context.skip(skip)))
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
    ...(options.engineTtl ? ownExpiryRules(options.engineTtl) : []).map((rule) => caseOf(make, rule)),
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
