import { applyData, survives } from '../record/operations.ts'
import type { Operation } from '../record/operations.ts'
import type { SessionRecord } from '../record/record.ts'
import type { DataRules } from '../record/schema.ts'
import { ChangedValues, NO_VALUES } from '../record/stored-values.ts'
import type { Values } from '../record/stored-values.ts'

/**
 * The values of a record with operations applied. It applies only the operations that were added since the last time.
 */
export class View {
  readonly #record: SessionRecord | undefined
  readonly #rules: DataRules
  readonly #values: ChangedValues
  #applied = 0

  constructor(record: SessionRecord | undefined, rules: DataRules) {
    this.#record = record
    this.#rules = rules
    this.#values = new ChangedValues(record?.values ?? NO_VALUES)
  }

  /** @param operations those of the last call, and those recorded since */
  after(operations: readonly Operation[]): Values {
    for (; this.#applied < operations.length; this.#applied++) {
      const operation = operations[this.#applied]!
      if (operation.type === 'login') this.#dropUnkept(operation.keep)
      else if ('key' in operation) applyData(this.#values, operation, this.#rules)
    }
    return this.#values
  }

  #dropUnkept(keep: readonly string[] | undefined): void {
    if (!keep || (this.#record?.principal ?? null) !== null) return
    for (const key of this.#values.keys()) if (!survives(key, keep)) this.#values.delete(key)
  }
}
