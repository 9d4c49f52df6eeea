import { test } from 'vitest'
import type { ContractCase } from '../../src/testing/index.ts'

/** A test for each case of a contract suite. The report shows why a case is skipped. */
export function testCases(cases: readonly ContractCase[]): void {
  for (const { name, why, skip, run } of cases) {
    test(`${name}: ${why}`, (context) => (skip === undefined ? run() : context.skip(skip)))
  }
}
