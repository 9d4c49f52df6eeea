import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { shareDjango } from 'sojourn/interop/django'
import { end } from '../../../scripts/engines/machine.ts'
import type { Data, Neighbour } from '../neighbour.ts'
import { startPython } from '../python.ts'

/** The Django site on a throwaway database, which also keeps its sessions. */
export async function startDjango(python: string): Promise<Neighbour> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-django-'))
  const file = join(folder, 'site.sqlite3')
  const secret = randomBytes(32).toString('base64url')
  const { child, port } = await startPython(python, join(import.meta.dirname, 'application.py'), { SECRET_KEY: secret, DATABASE: file })
  const database = new DatabaseSync(file, { timeout: 10_000 })
  const user = database.prepare('SELECT username, password FROM auth_user WHERE id = ? AND is_active')
  const sessions = shareDjango<Data>({
    secrets: secret,
    engine: 'db',
    database,
    passwordOf: async (id) => user.get(id)?.['password'] as string | undefined,
  })
  return {
    port,
    sessions,
    nameOf: (id) => String(user.get(id)?.['username']),
    async stop() {
      await end(child, 'SIGTERM')
      database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
