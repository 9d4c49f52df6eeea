import { createHash } from 'node:crypto'
import { lstatSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { done, keep } from './kept.ts'
import type { Order } from './kept.ts'

/** How the names begin of what stays in the folder for temporary files. */
export const SET_UP = 'sojourn-set-up-'

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
  const state = JSON.stringify([process.getuid?.(), server, size, mtimeMs, order.program, flags])
  const home = join(tmpdir(), `${SET_UP}${createHash('sha256').update(state).digest('hex').slice(0, 12)}`)
  // By this user, who may read them: they keep their owner.
  const copy = (from: string, to: string): Promise<void> =>
    done(keep({ ...order, program: 'cp', args: ['-a', from, to], owner: {}, last: 'SIGKILL' }))
  const kept = lstatSync(home, { throwIfNoEntry: false })
  // Anybody may write into that folder, so what somebody else has put there is not started.
  if (kept && kept.uid === (order.owner.uid ?? process.getuid?.())) return copy(home, data)
  await done(keep(order))
  const own = `${home}-${basename(order.folder)}`
  await copy(data, own)
  try {
    renameSync(own, home)
  } catch {
    // Something is there, such as that of another process.
    rmSync(own, { recursive: true })
  }
}
