/** A real Django site, that of `django_app.py`, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { end, freePort } from '../../../scripts/engines/machine.ts'
import { hashPassword } from '../../../src/interop/django/index.ts'

export const DJANGO_SECRET = 'ключ of a Django site'

export interface DjangoSite {
  /** Its database. */
  readonly database: DatabaseSync
  /** Where the engine `file` keeps its sessions. */
  readonly folder: string
  /** Sends a GET, or a POST of a form. The jar sends and stores cookies. */
  ask(path: string, jar: Map<string, string>, form?: Readonly<Record<string, string>>): Promise<Record<string, unknown>>
  passwordOf(userId: string): Promise<string | undefined>
  /** Makes a user with a password that Node hashed; returns the user's id. */
  addUser(name: string, password: string): Promise<string>
  stop(): Promise<void>
}

export interface SiteOptions {
  readonly engine: 'db' | 'signed_cookies' | 'cached_db' | 'cache' | 'file'
  readonly redisUrl?: string
  readonly csrf?: boolean
}

export async function startDjango(python: string, { engine, redisUrl, csrf = false }: SiteOptions): Promise<DjangoSite> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-django-'))
  const file = join(folder, 'site.sqlite3')
  const port = await freePort()
  const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  const program = [...(redisUrl ? [script('redis_cache.py')] : []), script('../../fixtures/interop/django_app.py')]
  const env = {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    SECRET: DJANGO_SECRET,
    DB: file,
    ENGINE: engine,
    SESSION_DIR: folder,
    USERS: 'lena:lemon-42',
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...(csrf && { CSRF: '1' }),
  }
  const child = spawn(python, program, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`Django ended with ${String(code)}.`)))
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => undefined)
  const database = new DatabaseSync(file, { timeout: 10_000 })
  const origin = `http://127.0.0.1:${port}`
  return {
    database,
    folder,
    async ask(path, jar, form) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(origin + path, {
        headers: cookie === '' ? {} : { cookie },
        ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
        if (/Max-Age=0/i.test(line)) jar.delete(name!)
        else jar.set(name!, value!)
      }
      if (!response.ok) throw new Error(`${path}: ${response.status}`)
      return (await response.json()) as Record<string, unknown>
    },
    async passwordOf(userId) {
      const sql = 'SELECT password FROM auth_user WHERE id = ? AND is_active'
      return database.prepare(sql).get(userId)?.['password'] as string | undefined
    },
    async addUser(name, password) {
      const sql = `INSERT INTO auth_user (username, password, is_active, is_staff, is_superuser, first_name, last_name, email, date_joined)
        VALUES (?, ?, 1, 0, 0, '', '', '', '2026-01-01 00:00:00')`
      // When the user signs in, Django 3.2 hashes a password again that has another number of iterations.
      return String(database.prepare(sql).run(name, await hashPassword(password, { iterations: 260_000 })).lastInsertRowid)
    },
    async stop() {
      database.close()
      await end(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
