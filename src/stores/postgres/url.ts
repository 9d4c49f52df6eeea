import { Lazy, loadDriver, MAX_SILENCE, requireDriver } from '../_shared/driver.ts'
import { databaseOf } from './client.ts'
import type { PostgresDatabase } from './client.ts'
import { listenOf } from './notices.ts'
import type { Listen } from './notices.ts'

/** The store's own pool. It is opened at the first statement. */
export function databaseAt(url: string, prepare: boolean): { database: PostgresDatabase; listen: Listen; release: () => Promise<void> } {
  requireDriver('postgresStore', 'pg')
  const pool = new Lazy(
    async () => {
      const { default: pg } = await loadDriver('postgresStore', 'pg', () => import('pg'))
      const opened = new pg.Pool({
        connectionString: url,
        connectionTimeoutMillis: MAX_SILENCE,
        query_timeout: MAX_SILENCE,
        allowExitOnIdle: true,
      })
      // The pool replaces a broken idle connection when it needs one. Without a listener the error would end the
      // process.
      opened.on('error', () => undefined)
      return { opened, database: databaseOf(opened, prepare), listen: listenOf(opened)! }
    },
    ({ opened }) => unlessSilent(opened.end()),
  )
  return {
    database: {
      run: async (statement, values) => (await pool.get()).database.run(statement, values),
    },
    listen(tell) {
      const listening = pool.get().then(({ listen }) => listen(tell))
      return {
        ready: listening.then((opened) => opened.ready),
        // This is not awaited, because the server may never be reached.
        end: async () => void listening.then((opened) => opened.end()).catch(() => undefined),
      }
    },
    release: () => pool.close(),
  }
}

/** A server that has fallen silent never confirms the end. */
async function unlessSilent(ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, MAX_SILENCE)))
  await Promise.race([ending, late]).finally(() => clearTimeout(timer))
}
