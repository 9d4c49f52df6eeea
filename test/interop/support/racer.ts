/** Opens shared sessions from plain data, in each of several processes. */
import { DatabaseSync } from 'node:sqlite'
import { Pool } from 'pg'
import { createClient } from 'redis'
import type { SessionSource } from '../../../src/index.ts'
import { shareDjango } from '../../../src/interop/django/index.ts'
import { shareExpressSession } from '../../../src/interop/express-session/index.ts'
import { shareFlask } from '../../../src/interop/flask/index.ts'
import { PATIENCE } from '../../_support/patience.ts'

export type RaceSystem = 'django-sqlite' | 'django-postgres' | 'flask-redis' | 'express-redis' | 'express-postgres'

export interface Race {
  readonly system: RaceSystem
  /** A file, or an address. */
  readonly at: string
  readonly cookie: readonly [name: string, value: string]
  readonly times: number
}

type Counted = SessionSource<{ count?: number }>

/** The sessions, and a function that closes their connections. */
export async function openRace({ system, at }: Pick<Race, 'system' | 'at'>): Promise<readonly [sessions: Counted, close: () => unknown]> {
  const secrets = 'a secret of both processes'
  if (system === 'django-sqlite') {
    const database = new DatabaseSync(at, { timeout: 10_000 })
    return [shareDjango({ ...PATIENCE, secrets, engine: 'db', database }), () => database.close()]
  }
  if (system === 'django-postgres' || system === 'express-postgres') {
    const pool = new Pool({ connectionString: at, max: 4 })
    const sessions =
      system === 'django-postgres'
        ? shareDjango<{ count: number }>({ ...PATIENCE, secrets, engine: 'db', database: pool })
        : shareExpressSession<{ count: number }>({ ...PATIENCE, secrets, store: { postgres: pool } })
    return [sessions, () => pool.end()]
  }
  const redis = createClient({ url: at })
  await redis.connect()
  const sessions =
    system === 'flask-redis'
      ? shareFlask<{ count: number }>({ ...PATIENCE, redis: { client: redis } })
      : shareExpressSession<{ count: number }>({ ...PATIENCE, secrets, store: { redis } })
  return [sessions, () => redis.close()]
}
