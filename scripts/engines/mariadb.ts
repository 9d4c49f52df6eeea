import { chownSync, mkdtempSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { startDatabase } from './database.ts'
import { freePort, ownerFor } from './machine.ts'
import type { DatabaseEngine } from './postgres.ts'
import { setUp } from './set-up.ts'

/**
 * @param program the path of `mariadbd`; `mariadb-install-db` is found in PATH
 * @param settings flags behind the others
 */
export async function startMariadb(program: string, settings: readonly string[] = []): Promise<DatabaseEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-mariadb-'))
  const owner = await ownerFor('mysql')
  const user = owner.uid === undefined ? userInfo().username : 'mysql'
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid!)
  const data = join(folder, 'data')
  const install = ['--no-defaults', `--user=${user}`, `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  const place = { folder, owner, last: 'SIGKILL' } as const
  await setUp(data, program, { program: 'mariadb-install-db', args: install, ...place })
  const port = await freePort()
  const flags = ['--no-defaults', `--datadir=${data}`, `--socket=${join(folder, 's')}`, `--port=${port}`, '--bind-address=127.0.0.1']
  const args = [...flags, '--innodb-flush-log-at-trx-commit=2', ...settings]
  return startDatabase({ program, args, ...place }, 'ready for connections', `mysql://root@127.0.0.1:${port}/mysql`)
}
