import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fillOnce, keptFolder } from '../fill-once.ts'
import { done, keep } from './kept.ts'
import type { Order } from './kept.ts'

/**
 * Sets a database up in a folder that is not there yet. A copy of it stays for the next server on this machine, which
 * has it in a tenth of the time.
 *
 * @param server the program of the server: that of another version begins with other files
 * @param order the program that sets the database up, for this folder
 */
export async function setUp(data: string, server: string, order: Order): Promise<void> {
  const { size, mtimeMs } = statSync(server)
  const flags = order.args.map((arg) => arg.replace(data, ''))
  const home = keptFolder('database', [server, size, mtimeMs, order.program, flags])
  const kept = join(home, 'data')
  // By this user, who may read them: they keep their owner.
  const copy = (from: string, to: string): Promise<void> =>
    done(keep({ ...order, program: 'cp', args: ['-a', from, to], owner: {}, last: 'SIGKILL' }))
  await fillOnce(home, async (folder) => {
    await done(keep(order))
    mkdirSync(folder)
    await copy(data, join(folder, 'data'))
  })
  if (!existsSync(data)) await copy(kept, data)
}
