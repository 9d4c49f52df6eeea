import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endKept, keep, ready } from './kept.ts'
import { freePort, ownerFor } from './machine.ts'

/**
 * A pooler in transaction mode, with three connections to the server.
 *
 * @param program the path of `pgbouncer`
 * @param target the port of PostgreSQL
 */
export async function startPgbouncer(program: string, target: number): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-pgbouncer-'))
  const owner = await ownerFor('postgres')
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: 3,
    ignore_startup_parameters: 'extra_float_digits',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(file, `[databases]\npostgres = host=127.0.0.1 port=${target} user=test\n[pgbouncer]\n${lines.join('\n')}\n`)
  if (owner.uid !== undefined) for (const path of [folder, file]) chownSync(path, owner.uid, owner.gid!)
  const child = keep({ program, args: [file], folder, owner, last: 'SIGKILL' })
  await ready(child, 'process up')
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async stop() {
      await endKept(child, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
