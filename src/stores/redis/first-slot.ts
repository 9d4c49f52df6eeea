/** Together a second, which is enough for the keys of one slot. The calls of core have a deadline of their own. */
const TRIES = 50
const PAUSE = 20

/**
 * Repeats a command that node-redis cannot send. While a slot moves, its old master names the new one in an ASK reply.
 * node-redis looks for it among the masters that have slots, where it is missing until its first slot has arrived, and
 * throws. The reply says that nothing was run, so the command is sent again a moment later.
 */
export async function untilItsMasterIsKnown<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send()
    } catch (error) {
      if (tries === TRIES || !isUnknownMaster(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }
}

function isUnknownMaster(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Cannot find node ')
}
