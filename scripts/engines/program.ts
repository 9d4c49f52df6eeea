import { startDatabase } from './database.ts'
import { newFolder } from './folder.ts'
import { freePort } from './machine.ts'
import type { DatabaseEngine } from './postgres.ts'

/**
 * A throwaway server that is a program of Node and speaks HTTP.
 *
 * @param args its script and arguments, for a port and a folder of its own
 * @param sign what it says when it is ready
 */
export async function startProgram(
  name: string,
  args: (port: number, folder: string) => readonly string[],
  sign: string,
): Promise<DatabaseEngine> {
  const folder = newFolder(name)
  const port = await freePort()
  const order = { program: process.execPath, args: args(port, folder), folder, owner: {}, last: 'SIGKILL' } as const
  return startDatabase(order, sign, `http://127.0.0.1:${port}`)
}
