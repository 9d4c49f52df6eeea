/** `sessions.ready()` on real engines: what is there, what is not, and what may not be written. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { createClient } from 'redis'
import { afterAll, describe, expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { Duration, SessionStore } from '../../src/index.ts'
import { fileStore } from '../../src/stores/file/index.ts'
import { mysqlStore } from '../../src/stores/mysql/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { redisStore } from '../../src/stores/redis/index.ts'
import { sealedStore } from '../../src/stores/sealed.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { freePort } from '../../scripts/engines/machine.ts'
import { application, code, SECRET } from '../_support/application.ts'
import { leftOut } from '../_support/left-out.ts'
import { PATIENCE } from '../_support/patience.ts'
import { openStore, sharedStores } from '../_support/stores.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-ready-'))
const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

const ready = (store: SessionStore, storeTimeout: Duration = PATIENCE.storeTimeout): Promise<void> =>
  createSessions({ secrets: [SECRET], store, storeTimeout }).ready()

/** A server that accepts connections and never says a word. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

type Open = (port: number) => SessionStore

const networked: Readonly<Record<string, Open>> = {
  'redis, a URL': (port) => redisStore(`redis://127.0.0.1:${port}`),
  'node-redis': (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true })
    client.on('error', () => undefined)
    client.connect().catch(() => undefined)
    closers.push(() => client.destroy())
    return redisStore(client)
  },
  ioredis: (port) => {
    const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: 0 })
    client.on('error', () => undefined)
    closers.push(() => client.disconnect())
    return redisStore(client)
  },
  'postgres, a URL': (port) => postgresStore(`postgres://sojourn@127.0.0.1:${port}/sojourn`),
  pg: (port) => {
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'sojourn' })
    pool.on('error', () => undefined)
    return postgresStore(pool)
  },
  'postgres.js': (port) => {
    const sql = postgres({ host: '127.0.0.1', port, user: 'sojourn' })
    closers.push(() => sql.end({ timeout: 0 }))
    return postgresStore(sql)
  },
  'mysql, a URL': (port) => mysqlStore(`mysql://root@127.0.0.1:${port}/sojourn`),
  mysql2: (port) => {
    const pool = createPool({ host: '127.0.0.1', port, user: 'root' })
    closers.push(() => pool.end().catch(() => undefined))
    return mysqlStore(pool)
  },
}

describe.each(Object.entries(networked))('%s', (_name, open) => {
  test('nobody listens: it fails, and the cause is there', async () => {
    const failing = ready(open(await freePort()))
    await expect(failing).rejects.toThrow(code('ERR_SESSION_STORE'))
    await expect(failing).rejects.toThrow(expect.objectContaining({ cause: expect.any(Error) }))
  })

  test('somebody accepts and is silent: it fails at the deadline', async () => {
    const failing = ready(open(await silentPort()), '300ms')
    await expect(failing).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_SESSION_STORE/) }))
  })
})

/** As these clients come: they queue commands until there is a connection. */
const queueing: Readonly<Record<string, Open>> = {
  'node-redis': (port) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}` })
    client.on('error', () => undefined)
    client.connect().catch(() => undefined)
    closers.push(() => client.destroy())
    return redisStore(client)
  },
  ioredis: (port) => {
    const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null })
    client.on('error', () => undefined)
    closers.push(() => client.disconnect())
    return redisStore(client)
  },
}

test.each(Object.entries(queueing))('%s that queues while nobody listens: the error says what may be the matter', async (_name, open) => {
  await expect(ready(open(await freePort()), '300ms')).rejects.toThrow(
    expect.objectContaining({
      code: 'ERR_SESSION_STORE_TIMEOUT',
      message: expect.stringContaining('Perhaps its server cannot be reached, and the client keeps commands in a queue'),
    }),
  )
})

describe.each(sharedStores)('$name', ({ missing, start }) => {
  test('it is ready, again and again, and leaves nothing behind', leftOut(missing), async () => {
    const engine = await start()
    const store = await openStore(engine.location)
    for (let i = 0; i < 3; i++) await ready(store)
    const call = { now: 0, signal: new AbortController().signal }
    expect((await store.scanner!.scan(undefined, 10, call)).records, 'live or expired').toEqual([])
    await store.close()
    await engine.stop()
  })
})

describe('a folder', () => {
  test('that can be made is ready', async () => {
    await ready(fileStore(join(folder, 'new')))
  })

  test('below a file is not', async () => {
    const failing = ready(fileStore('/dev/null/sessions'))
    await expect(failing).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_STORE', message: expect.stringContaining('ENOTDIR') }),
    )
  })
})

test('a SQLite database that is locked is not ready', async () => {
  const path = join(folder, 'sessions.db')
  const store = sqliteStore(path)
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  await expect(ready(store, '200ms')).rejects.toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_SESSION_STORE/) }))
  other.exec('ROLLBACK')
  await ready(store)
  other.close()
  await store.close()
})

describe('sealed sessions', () => {
  test('alone need no store, and are ready', async () => {
    await createSessions({ secrets: [SECRET], store: sealedStore() }).ready()
  })

  test.each(['revocations', 'spill'] as const)('need their %s', async (option) => {
    const store = sealedStore({ [option]: redisStore(`redis://127.0.0.1:${await freePort()}`) })
    await expect(createSessions({ secrets: [SECRET], store }).ready()).rejects.toThrow(code('ERR_SESSION_STORE'))
  })
})

test.each(['load', 'create', 'delete'] as const)(
  'a store that can do everything but %s is not ready, and the event says so',
  async (operation) => {
    const { sessions, store } = application({}, memoryStore())
    const told: unknown[] = []
    sessions.on('storeError', (event) => void told.push(event.operation))
    store.before(operation, () => {
      throw new Error('no right')
    })
    await expect(sessions.ready()).rejects.toThrow(code('ERR_SESSION_STORE'))
    expect(told).toEqual(['ready'])
  },
)
