import type { Engine } from './engine.ts'
import { mariadb } from './engines/mariadb.ts'
import { memory } from './engines/memory.ts'
import { postgres } from './engines/postgres.ts'
import { redis } from './engines/redis.ts'
import { sqlite } from './engines/sqlite.ts'

export const engines: Readonly<Record<string, Engine>> = {
  memory,
  SQLite: sqlite,
  PostgreSQL: postgres,
  MariaDB: mariadb,
  Redis: redis,
}

export function engineOf(name: string): Engine {
  const engine = engines[name]
  if (!engine) throw new Error(`There is no ${name}. There are: ${Object.keys(engines).join(', ')}.`)
  return engine
}
