import type { ContractCase } from '../../src/testing/index.ts'

/** The names of the cases that a store fails. */
export async function failures(cases: readonly ContractCase[]): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of cases) {
    try {
      await run()
    } catch {
      failed.push(name)
    }
  }
  return failed
}
