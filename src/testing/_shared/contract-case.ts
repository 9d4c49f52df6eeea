/** One case of a contract suite. */
export interface ContractCase {
  readonly name: string
  /** What goes wrong in an application when this does not hold. */
  readonly why: string
  /** Why this case must not be run. Left out if it is to be run. */
  readonly skip?: string
  /** Makes what it needs, tries it, closes it. Rejects if the contract is broken. */
  run(): Promise<void>
}

/** A rule of a contract, before it is known what it is tried on. */
interface ContractRule<Tried> {
  readonly name: string
  readonly why: string
  check(tried: Tried): Promise<void>
}

/** The case that tries a rule on what `open` makes, and closes that. */
export function caseOf<Tried extends { close(): Promise<void> }>(
  rule: ContractRule<Tried>,
  open: () => Promise<Tried> | Tried,
  skip?: string,
): ContractCase {
  async function run(): Promise<void> {
    const tried = await open()
    try {
      await rule.check(tried)
    } finally {
      await tried.close()
    }
  }
  return { name: rule.name, why: rule.why, run, ...(skip !== undefined && { skip }) }
}
