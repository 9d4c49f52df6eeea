import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endKept, keep, ready } from './kept.ts'
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
  const folder = mkdtempSync(join(tmpdir(), `sojourn-${name}-`))
  const port = await freePort()
  const launch = async (): Promise<ChildProcess> => {
    const child = keep({ program: process.execPath, args: args(port, folder), folder, owner: {}, last: 'SIGKILL' })
    await ready(child, sign)
    return child
  }
  let child = await launch()
  return {
    url: `http://127.0.0.1:${port}`,
    async restart() {
      await endKept(child, 'SIGKILL')
      child = await launch()
    },
    async stop() {
      await endKept(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
