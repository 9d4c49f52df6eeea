import type { ConsoleTexts } from '../texts/index.ts'

/** What every page of the console shows around its own part. */
export interface ConsoleView {
  readonly texts: ConsoleTexts
  /** What stands before every address of the console, as browsers see it. */
  readonly base: string
  /** The path below `base`, and the query. */
  readonly address: string
  /** The option `name` of `createSessions`. */
  readonly application: string
  /** Epoch milliseconds. */
  readonly now: number
  /** Who looks; `undefined` for somebody who may not. */
  readonly operator: string | undefined
  /** Whether there is no access rule. */
  readonly isOpen: boolean
  /** What was just done. */
  readonly done: string | undefined
}
