import type { ChildProcess } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { endKept, keep, ready, send } from './kept.ts'
import { freePort, ownerFor } from './machine.ts'
import { setUp } from './set-up.ts'

/** A throwaway server with an empty database. */
export interface DatabaseEngine {
  readonly url: string
  /** Kills it and starts it again on the same port and data. */
  restart(whileAway?: () => Promise<unknown>): Promise<void>
  stop(): Promise<void>
}

/**
 * @param program the path of `postgres`; `initdb` lies beside it
 * @param settings flags behind the others
 */
export async function startPostgres(program: string, settings: readonly string[] = []): Promise<DatabaseEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgres-'))
  const owner = await ownerFor('postgres')
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid!)
  const data = join(folder, 'data')
  // The shutdown at once: if the server itself were killed, its children would write for a moment more.
  const place = { folder, owner, last: 'SIGQUIT' } as const
  const initdb = join(dirname(program), 'initdb')
  const install = ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync', '--locale=C', '-E', 'UTF8']
  await setUp(data, program, { program: initdb, args: install, ...place })
  const port = await freePort()
  const flags = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', ...settings]
  const launch = async (): Promise<ChildProcess> => {
    const started = keep({ program, args: flags, ...place })
    await ready(started, 'ready to accept connections')
    return started
  }
  let child = await launch()
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async restart(whileAway) {
      // Its own children end a moment later, and a new server waits for none of them.
      await endKept(child, 'SIGQUIT')
      await whileAway?.()
      child = await launch()
    },
    async stop() {
      // First the shutdown that waits for clients to leave: what a client is told by the other one is an error event.
      const impatience = setTimeout(() => send(child, 'SIGINT'), 2_000)
      await endKept(child, 'SIGTERM')
      clearTimeout(impatience)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
