/**
 * What node-redis does not do by itself while the slots of a cluster move.
 *
 * @module
 */

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
      if (tries === TRIES || !hasMessage(error, 'Cannot find node ')) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }
}

/**
 * Repeats a read that node-redis drops: when the last slot of a master has gone, it closes the connection to it, with
 * the commands whose replies are on their way. Core repeats writes, because it can tell whether the first one was done.
 */
export async function alsoIfItsMasterLeaves<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!hasMessage(error, 'Disconnects client')) throw error
    // If the application has closed the client, this fails too.
    return read()
  }
}

function hasMessage(error: unknown, beginning: string): boolean {
  return error instanceof Error && error.message.startsWith(beginning)
}
