import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** A throwaway server with an empty database. */
export interface PostgresEngine {
  readonly url: string
  stop(): Promise<void>
}

/** @param program the path of `postgres`; `initdb` lies beside it. As root it runs as the user postgres, for it refuses root. */
export async function startPostgres(program: string): Promise<PostgresEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgres-'))
  const run = promisify(execFile)
  const owner = process.getuid?.() === 0 ? { uid: await idOf('-u'), gid: await idOf('-g') } : {}
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, ...owner }
  const initdb = join(dirname(program), 'initdb')
  await run(initdb, ['-D', data, '-A', 'trust', '-U', 'test', '--no-sync', '--locale=C', '-E', 'UTF8'], options)
  const port = await freePort()
  const flags = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
  const child = spawn(program, flags, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`postgres ended with ${String(code)}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('ready to accept connections')) resolve()
    })
  })
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        // First the shutdown that waits for clients to leave: what a client is told by the other one is an error event.
        child.kill('SIGTERM')
        const impatience = setTimeout(() => child.kill('SIGINT'), 2_000)
        await once(child, 'exit')
        clearTimeout(impatience)
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function idOf(which: '-u' | '-g'): Promise<number> {
  return Number((await promisify(execFile)('id', [which, 'postgres'])).stdout)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
