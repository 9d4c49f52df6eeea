import { existsSync, statSync } from 'node:fs'
import type { SessionStore } from '../../core/contracts/store.ts'
import { usage } from './failure.ts'

/** How each kind of store is opened. */
interface AddressOptions {
  /** Whether missing files and tables are created. */
  readonly creates: boolean
  /** The prefix of the keys in Redis. */
  readonly prefix: string | undefined
}

/**
 * Opens the store at an address. What is missing is created only if `create` says so: a typing error makes no database.
 */
export async function storeAt(address: string, { creates, prefix }: AddressOptions): Promise<SessionStore> {
  const scheme = /^([a-z]+):/.exec(address)?.[1]
  if (prefix !== undefined && !/^rediss?$/.test(scheme ?? '')) throw usage('--prefix is for Redis.')
  switch (scheme) {
    case 'redis':
    case 'rediss':
      return (await import('../../stores/redis/index.ts')).redisStore(address, prefix === undefined ? {} : { prefix })
    case 'postgres':
    case 'postgresql':
      return (await import('../../stores/postgres/index.ts')).postgresStore(address, { createTables: creates })
    case 'mysql':
    case 'mariadb':
      return (await import('../../stores/mysql/index.ts')).mysqlStore(address, { createTables: creates })
    case 'sqlite':
      return sqliteAt(address.slice('sqlite:'.length), creates)
    case 'file':
      return folderAt(address.slice('file:'.length), creates)
    default:
      break
  }
  if (/\.(db|sqlite3?)$/.test(address)) return sqliteAt(address, creates)
  if (isFolder(address)) return folderAt(address, creates)
  throw usage(`${redacted(address)} is no store: write redis://…, postgres://…, mysql://…, sqlite:path or file:folder.`)
}

async function sqliteAt(path: string, creates: boolean): Promise<SessionStore> {
  if (!creates && path !== ':memory:' && !existsSync(path)) throw usage(`There is no file ${path}.`)
  return (await import('../../stores/sqlite/index.ts')).sqliteStore(path)
}

async function folderAt(path: string, creates: boolean): Promise<SessionStore> {
  if (!creates && !isFolder(path)) throw usage(`There is no folder ${path}.`)
  return (await import('../../stores/file/index.ts')).fileStore(path)
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

/** An address without its password, for everything that is printed. */
export function redacted(address: string): string {
  return address.replace(/^([a-z]+:\/\/[^/]*?:)[^/]*@/, '$1***@').replaceAll(/([?&](?:password|pass|auth)=)[^&]*/gi, '$1***')
}
