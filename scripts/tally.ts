import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

/**
 * A vitest reporter that counts. What fails outside a test (a file, a hook, a stray rejection) counts as failed too.
 */
export class Tally implements Reporter {
  passed = 0
  failed = 0
  /** How many were skipped, by the reason. */
  readonly skipped: Map<string, number> = new Map()

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], reason: TestRunEndReason): void {
    this.failed += unhandledErrors.length
    for (const module of modules) this.#count(module)
    if (reason === 'interrupted') this.failed += 1
  }

  /** Nothing failed, and something ran. */
  get ok(): boolean {
    return this.failed === 0 && this.passed > 0
  }

  toString(): string {
    const reasons = [...this.skipped].toSorted(([, a], [, b]) => b - a)
    const lines = reasons.map(([reason, count]) => `  ${count} × ${reason}\n`)
    const sum = reasons.reduce((total, [, count]) => total + count, 0)
    const skipped = sum > 0 ? `${sum} skipped:\n${lines.join('')}` : ''
    return `${skipped}${this.passed} passed, ${this.failed} failed`
  }

  #count(module: TestModule): void {
    this.failed += module.errors().length
    for (const suite of module.children.allSuites()) this.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') this.passed += 1
      else if (result.state !== 'skipped') this.failed += 1
      else {
        const reason = result.note ?? test.meta().reason ?? `without a reason, in ${module.relativeModuleId}`
        this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1)
      }
    }
  }
}
