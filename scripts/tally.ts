import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

/** A vitest reporter that counts. What fails outside a test (a file, a hook, a stray rejection) counts as failed too. */
export class Tally implements Reporter {
  passed = 0
  failed = 0
  skipped = 0
  readonly #reasons = new Map<string, number>()

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
    const reasons = [...this.#reasons].map(([reason, count]) => `skipped ${count}: ${reason}\n`).join('')
    const skipped = this.skipped > 0 ? `${reasons}${this.skipped} skipped\n` : ''
    return `${skipped}${this.passed} passed, ${this.failed} failed`
  }

  #count(module: TestModule): void {
    this.failed += module.errors().length
    for (const suite of module.children.allSuites()) this.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') this.passed += 1
      else if (result.state === 'skipped') this.#skip(result.note)
      else this.failed += 1
    }
  }

  #skip(reason = 'no reason given'): void {
    this.skipped += 1
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }
}
