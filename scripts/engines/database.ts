import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { endKept, keep, ready } from './kept.ts'
import type { Order } from './kept.ts'
import type { DatabaseEngine } from './postgres.ts'

/**
 * Starts a server that may be killed at any time, because it has its data on the disk of its folder.
 *
 * @param sign what it says when it is ready
 */
export async function startDatabase(order: Order, sign: string, url: string): Promise<DatabaseEngine> {
  const launch = async (): Promise<ChildProcess> => {
    const started = keep(order)
    await ready(started, sign)
    return started
  }
  let child = await launch()
  return {
    url,
    async restart(whileAway) {
      await endKept(child, 'SIGKILL')
      await whileAway?.()
      child = await launch()
    },
    async stop() {
      await endKept(child, 'SIGKILL')
      rmSync(order.folder, { recursive: true, force: true })
    },
  }
}
