import type { ConsoleTexts } from '../texts/index.ts'

/** What every page of the console shows around its own part. */
export interface ConsoleView {
  readonly texts: ConsoleTexts
  /** The path that every address of the console begins with, as browsers see it. */
  readonly base: string
  /** The path below `base`, and the query. */
  readonly address: string
  /** The option `name` of `createSessions`. */
  readonly application: string
  /** Epoch milliseconds. */
  readonly now: number
  /** The operator who looks; `undefined` for somebody who may not use the console. */
  readonly operator: string | undefined
  /** Whether the console has no access rule. */
  readonly isOpen: boolean
  /** What the operator has just done. */
  readonly done: string | undefined
}
