/**
 * Where a server of the bench keeps its sessions: our stores, and the clients by which it and its peers use the
 * engines.
 *
 * @module
 */
import { join } from 'node:path'
import { createSessions, memoryStore } from 'sojourn'
import type { SealedStore, Sessions, SessionStore } from 'sojourn'
import type { Pool } from 'pg'
import type { RedisClientType } from 'redis'
import type { Place } from './contestants.ts'
import type { Data } from './data.ts'

export const secret = 'a secret of the bench, long enough for it'

/** Half an hour, for everybody. */
export const IDLE = 1_800_000

/** The settings of a server process. */
export interface Setting {
  readonly place: Place
  /** An empty folder of its own. */
  readonly folder: string
  readonly engines: Engines
}

/** The servers that the bench started; one that nobody needs, or that is not installed, is missing. */
export interface Engines {
  readonly redis?: string
  readonly postgres?: string
}

export async function ourSessions(setting: Setting): Promise<Sessions<Data>> {
  return createSessions<Data>({ secrets: [secret], store: await ourStore(setting), idleTimeout: IDLE })
}

/** Loads what the place needs and nothing else. */
async function ourStore(setting: Setting): Promise<SessionStore | SealedStore> {
  switch (setting.place) {
    case 'sqlite':
      return (await import('sojourn/stores/sqlite')).sqliteStore(join(setting.folder, 'ours.db'))
    case 'file':
      return (await import('sojourn/stores/file')).fileStore(join(setting.folder, 'ours'))
    case 'redis':
      return (await import('sojourn/stores/redis')).redisStore(await redisClient(setting))
    case 'postgres':
      return (await import('sojourn/stores/postgres')).postgresStore(await postgresPool(setting))
    case 'sealed':
      return (await import('sojourn/stores/sealed')).sealedStore()
    default:
      return memoryStore()
  }
}

export async function redisClient({ engines }: Setting): Promise<RedisClientType> {
  const { createClient } = await import('redis')
  const client: RedisClientType = createClient({ url: engines.redis! })
  client.on('error', (error: Error) => console.error(error))
  await client.connect()
  return client
}

export async function postgresPool({ engines }: Setting): Promise<Pool> {
  const { Pool } = await import('pg')
  return new Pool({ connectionString: engines.postgres! })
}
