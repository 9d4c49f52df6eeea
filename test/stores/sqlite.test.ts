import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Call } from '../../src/core/contracts/store.ts'
import { sqliteStore, type SqliteDatabase, type SqliteStore } from '../../src/stores/sqlite/index.ts'
import { at, newRecord, nextOf, NOW, stored } from '../../src/testing/store-contract/rule.ts'
import type { Task } from './sqlite-child.ts'
import { BetterSqlite3, databasePaths } from './sqlite-files.ts'

const newPath = databasePaths()
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill()
    await once(child, 'exit')
  }
})

function startChild(): ChildProcess {
  const child = fork(new URL('./sqlite-child.ts', import.meta.url), { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  children.push(child)
  return child
}

async function ask(child: ChildProcess, task: Task): Promise<unknown> {
  child.send(task)
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`the child ended during ${task.task}`)))
  gone.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [{ answer: unknown }]
  return message.answer
}

describe('several processes on one file', () => {
  test('three count at the same time and nothing is lost', async () => {
    const path = newPath()
    const store = sqliteStore(path)
    const { id } = await stored(store, { body: '0' })
    const processes = [startChild(), startChild(), startChild()]
    await Promise.all(processes.map((child) => ask(child, { task: 'open', path })))
    const counts = (await Promise.all(processes.map((child) => ask(child, { task: 'count', path, id })))) as {
      added: number
      conflicts: number
    }[]
    const added = counts.reduce((sum, count) => sum + count.added, 0)
    expect(added).toBeGreaterThanOrEqual(300)
    expect(await store.load(id, at(NOW))).toMatchObject({ body: String(added), version: added + 1 })
    for (const { conflicts } of counts) expect(conflicts, 'they did meet').toBeGreaterThan(0)
    await store.close()
  })

  test('four open a new file at the same time', async () => {
    const processes = [startChild(), startChild(), startChild()]
    for (let round = 0; round < 8; round++) {
      const path = newPath()
      const opened = processes.map((child) => ask(child, { task: 'open', path }))
      const store = sqliteStore(path)
      expect(await Promise.all(opened)).toEqual(['created', 'created', 'created'])
      expect(await store.create(newRecord(), at(NOW))).toBe('created')
      await store.close()
    }
  })

  test('a writer is killed, and all that it was answered is in the file', async () => {
    const path = newPath()
    const child = startChild()
    child.send({ task: 'write until killed', path } satisfies Task)
    let output = ''
    for await (const chunk of child.stdout!) {
      output += chunk
      if (output.length > 30_000) child.kill('SIGKILL')
    }
    const acknowledged = output
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '))
    expect(acknowledged.length).toBeGreaterThan(1_000)

    const store = sqliteStore(path)
    for (const [id, version] of acknowledged) {
      expect((await store.load(id!, at(NOW)))?.version).toBeGreaterThanOrEqual(Number(version))
    }
    await store.close()
    const database = new DatabaseSync(path)
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })
})

describe.each([
  ['node:sqlite', (path: string) => sqliteStore(path)],
  ['better-sqlite3', (path: string) => sqliteStore({ database: new BetterSqlite3(path) })],
] as const)('while another process holds the write lock, %s', (_, open) => {
  async function locked(): Promise<{ store: SqliteStore; id: string; child: ChildProcess }> {
    const path = newPath()
    const store = open(path)
    const { id } = await stored(store, { principal: 'alice', body: 'before' })
    const child = startChild()
    await ask(child, { task: 'lock', path })
    return { store, id, child }
  }

  test('a write waits, and the event loop does not', async () => {
    const { store, child } = await locked()
    const record = newRecord()
    let answer: string | undefined
    const written = Promise.resolve(store.create(record, at(NOW))).then((created) => (answer = created))
    let ticks = 0
    while (ticks < 30) ticks += await setTimeout(10, 1)
    expect(answer, 'still waiting after 30 turns').toBe(undefined)
    await ask(child, { task: 'unlock' })
    expect(await written).toBe('created')
    expect(await store.load(record.id, at(NOW))).toEqual(record)
    await store.close()
  })

  test('reads are answered, and so is a sweep that finds nothing to delete', async () => {
    const { store, id, child } = await locked()
    expect(await store.load(id, at(NOW))).toMatchObject({ body: 'before' })
    expect((await store.principals.list('alice', undefined, at(NOW))).records).toHaveLength(1)
    expect(await store.principals.epoch('alice', at(NOW))).toBe(undefined)
    expect(await store.sweeper.sweep(10, at(NOW))).toEqual({ expired: [], done: true })
    await ask(child, { task: 'unlock' })
    await store.close()
  })

  test('a write whose deadline passes fails, says why, and is not done later', async () => {
    const { store, id, child } = await locked()
    const deadline = new AbortController()
    const call: Call = { now: NOW, signal: deadline.signal }
    const late = Promise.resolve(store.update({ ...newRecord({ id }), version: 2, body: 'late' }, call))
    const patient = store.touch(id, NOW + 1, at(NOW))
    late.catch(() => {})
    await setTimeout(30)
    deadline.abort()
    await expect(late).rejects.toThrow('busy')
    await ask(child, { task: 'unlock' })
    expect(await patient).toBe(true)
    expect(await store.load(id, at(NOW))).toMatchObject({ body: 'before', version: 1 })
    await store.close()
  })
})

test('a read that meets an exclusive lock waits until its deadline, and not longer', async () => {
  const path = newPath()
  const own = new DatabaseSync(path)
  const store = sqliteStore({ database: own })
  const record = await stored(store, { principal: 'alice' })
  // In WAL mode nobody can lock readers out; an administrator may have changed the mode.
  own.exec('PRAGMA journal_mode = DELETE')
  const other = new DatabaseSync(path)
  other.exec('BEGIN EXCLUSIVE')
  const call: Call = { now: NOW, signal: AbortSignal.timeout(50) }
  const reads: (() => unknown)[] = [
    () => store.load(record.id, call),
    () => store.principals.list('alice', undefined, call),
    () => store.principals.epoch('alice', call),
    () => store.scanner.scan(undefined, 1, call),
    () => store.scanner.count(call),
    () => store.sweeper.sweep(1, call),
  ]
  const outcomes = await Promise.allSettled(reads.map(async (read) => read()))
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('busy until the deadline') } })
  }
  const patient = store.load(record.id, at(NOW))
  expect(patient, 'only a read that waits is a promise').toBeInstanceOf(Promise)
  other.exec('COMMIT')
  expect(await patient).toEqual(record)
  expect(store.load(record.id, at(NOW))).toEqual(record)
  other.close()
  own.close()
})

describe('writes that wait share a transaction', () => {
  /** Counts the transactions of a database, and makes commits fail. */
  function watched(): { database: SqliteDatabase; begun: () => number; failCommits: (error?: Error) => void } {
    const inner = new DatabaseSync(newPath())
    let begun = 0
    let failure: Error | undefined
    const prepare = (sql: string): ReturnType<SqliteDatabase['prepare']> => {
      const statement = inner.prepare(sql)
      return {
        get: (...values) => statement.get(...values),
        all: (...values) => statement.all(...values),
        run: (...values) => {
          if (sql.startsWith('BEGIN')) begun++
          if (sql === 'COMMIT' && failure) throw failure
          return statement.run(...values)
        },
      }
    }
    const database = { prepare, exec: (sql: string) => inner.exec(sql), close: () => inner.close() }
    return { database, begun: () => begun, failCommits: (error) => (failure = error) }
  }

  test('fifty at once are one', async () => {
    const { database, begun } = watched()
    const store = sqliteStore({ database })
    await Promise.all(Array.from({ length: 50 }, () => stored(store)))
    expect(begun()).toBe(1)
  })

  test('one that throws fails alone', async () => {
    const store = sqliteStore({ database: watched().database })
    const [one, other] = [newRecord(), newRecord()]
    const unfit = { ...newRecord(), body: {} as string }
    const outcomes = await Promise.allSettled([one, unfit, other].map((record) => store.create(record, at(NOW))))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await store.load(one.id, at(NOW))).toEqual(one)
    expect(await store.load(other.id, at(NOW))).toEqual(other)
    expect(await store.load(unfit.id, at(NOW))).toBe(undefined)
  })

  test('a commit that fails fails all of them, and nothing is written', async () => {
    const { database, failCommits } = watched()
    const store = sqliteStore({ database })
    const before = await stored(store)
    const created = newRecord()
    failCommits(new Error('disk full'))
    const outcomes = await Promise.allSettled([
      store.create(created, at(NOW)),
      store.update(nextOf(before), at(NOW)),
      store.delete(before.id, at(NOW)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    failCommits()
    expect(await store.load(created.id, at(NOW))).toBe(undefined)
    expect(await store.load(before.id, at(NOW))).toEqual(before)
    expect(await store.update(nextOf(before), at(NOW))).toBe('updated')
  })

  test('close waits for them', async () => {
    const path = newPath()
    const store = sqliteStore(path)
    const record = newRecord()
    const written = store.create(record, at(NOW))
    await store.close()
    await store.close()
    expect(await written).toBe('created')
    const again = sqliteStore(path)
    expect(await again.load(record.id, at(NOW))).toEqual(record)
    await again.close()
  })
})

describe('opening', () => {
  function made(sql: string): string {
    const path = newPath()
    const database = new DatabaseSync(path)
    database.exec(sql)
    database.close()
    return path
  }

  test('another process may create the tables between the look and the lock', async () => {
    const path = newPath()
    const inner = new DatabaseSync(path)
    let others: SqliteStore | undefined
    const exec = (sql: string): void => {
      if (sql === 'BEGIN IMMEDIATE') others ??= sqliteStore(path)
      inner.exec(sql)
    }
    const store = sqliteStore({ database: { exec, prepare: (sql) => inner.prepare(sql), close: () => inner.close() } })
    const record = await stored(store)
    expect(await others!.load(record.id, at(NOW))).toEqual(record)
    await others!.close()
    inner.close()
  })

  test('sessions are still there', async () => {
    const path = newPath()
    const first = sqliteStore(path)
    const record = await stored(first)
    await first.close()
    const second = sqliteStore({ path })
    expect(await second.load(record.id, at(NOW))).toEqual(record)
    await second.close()
  })

  test('the file is safe against a power cut unless told otherwise', () => {
    for (const [synchronous, level] of [
      [undefined, 2],
      ['full', 2],
      ['normal', 1],
    ] as const) {
      const database = new DatabaseSync(newPath())
      sqliteStore({ database, ...(synchronous && { synchronous }) })
      expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level })
      expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
      expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 0 })
      database.close()
    }
  })

  test('other tables stay as they are', async () => {
    const path = made("CREATE TABLE notes (text); INSERT INTO notes VALUES ('kept')")
    const store = sqliteStore(path)
    await stored(store)
    await store.close()
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'kept' }])
    database.close()
  })

  test('a later version is refused, and left alone', () => {
    const path = made('PRAGMA user_version = 2')
    expect(() => sqliteStore(path)).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining('Update sojourn') }),
    )
    const database = new DatabaseSync(path)
    expect(database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()).toEqual({ tables: 0 })
    database.close()
  })

  test("another application's database is refused", () => {
    const path = made('CREATE TABLE notes (text); PRAGMA user_version = 1')
    expect(() => sqliteStore(path)).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining('a file of their own') }),
    )
  })

  test.each([
    ['a folder that is missing', () => `${newPath()}/sessions.db`, 'folder does not exist'],
    ['a folder', () => (mkdirSync(folder), folder), 'it is a folder'],
    ['a file that is no database', () => (writeFileSync(text, 'no database, '.repeat(100)), text), 'not a database'],
    ['nothing', () => '', 'give either a path'],
  ])('%s is refused at once', (_, path, message) => {
    expect(() => sqliteStore(path())).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_OPTIONS', message: expect.stringContaining(message) }),
    )
  })
  const [folder, text] = [newPath(), newPath()]

  test('wrong options are refused', () => {
    for (const options of [{}, { path: 'x', database: new DatabaseSync(':memory:') }, { path: ':memory:', synchronous: 'off' as 'full' }]) {
      expect(() => sqliteStore(options)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
    }
  })
})

test('the example of the guide keeps sessions', async () => {
  const { sqliteSessions } = await import('../../examples/guide/stores/sqlite.ts')
  const file = newPath()
  const secret = 'the secret of the guide, 32 or more'
  const first = sqliteSessions(file, secret)
  const session = first.open({ headers: {} })
  await session.login('bob')
  await session.commit()
  await first.close()
  const second = sqliteSessions(file, secret)
  expect(await second.of('bob').list()).toHaveLength(1)
  await second.close()
})
