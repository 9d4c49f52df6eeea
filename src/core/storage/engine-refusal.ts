import type { NotWritten } from '../contracts/store.ts'

/**
 * The engine refused a write. The engine's own error is left out, because clients put the values of the command into
 * it, and some engines into its message.
 */
class EngineRefusal extends Error implements NotWritten {
  readonly written = false
  /** What the engine says of the reason, such as `OOM`, `25006` or `ER_READ_ONLY_MODE`. */
  readonly reason: string

  constructor(reason: string) {
    super(`The engine refused the call: ${reason}.`)
    this.reason = reason
  }
}

/**
 * Runs one write. An error reply of the engine becomes an {@link EngineRefusal}, any other error stays as it is.
 *
 * @param reasonOf the reason in an error reply; `undefined` for an error that leaves open what the engine has done
 */
export async function orRefused<T>(ask: () => PromiseLike<T>, reasonOf: (error: unknown) => string | undefined): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const reason = reasonOf(error)
    throw reason === undefined ? error : new EngineRefusal(reason)
  }
}
