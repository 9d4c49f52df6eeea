import { caseOf } from '../_shared/contract-case.ts'
import type { ContractCase } from '../_shared/contract-case.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { deadlineRules } from './deadlines.ts'
import { noticeRules } from './notices.ts'
import { ownExpiryRules, type EngineTtl } from './own-expiry.ts'
import { principalRules } from './principals.ts'
import { raceRules } from './races.ts'
import { recordRules } from './records.ts'
import { scannerRules } from './scanner.ts'
import { sweeperRules } from './sweeper.ts'
import { valueRules } from './values.ts'

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
  /** For a store whose engine has a limit: the bytes of UTF-8 that a body may have. No limit if left out. */
  readonly maxBody?: number
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
    ...[recordRules, deadlineRules, raceRules, valueRules(options.maxBody ?? Infinity)].flatMap((rules) =>
      rules.map((rule) => caseOf(rule, make)),
    ),
    ...principalRules.map((rule) => caseOf(rule, make, principals)),
    ...sweeperRules.map((rule) => caseOf(rule, make, sweeper)),
    ...scannerRules.map((rule) => caseOf(rule, make, scanner)),
    ...noticeRules.map((rule) => caseOf(rule, make, notices)),
    ...(options.engineTtl ? ownExpiryRules(options.engineTtl) : []).map((rule) => caseOf(rule, make)),
  ]
}
