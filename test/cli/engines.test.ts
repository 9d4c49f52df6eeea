/** Every command on every kind of store that has an address, on real engines. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { findEngine } from '../../scripts/engines.ts'
import { startMariadb } from '../../scripts/engines/mariadb.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { leftOut } from '../_support/left-out.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'
import { openStore, sharedStores } from '../_support/stores.ts'
import type { Engine, Location } from '../_support/stores.ts'
import { sojourn } from './program.ts'

const SECRET = 'Zk3Jq8sT1vXw5Yb7Nc9Md2Pf4Rg6Hh0La'
const kinds = sharedStores.filter(({ name }) => ['SQLite', 'files', 'PostgreSQL', 'MariaDB', 'Redis'].includes(name))

function addressOf(location: Location): string {
  if ('path' in location) return `${location.kind}:${location.path}`
  return 'url' in location ? location.url : `redis://127.0.0.1:${String(location.ports[0])}`
}

/** What the commands answer with `--json`. */
interface Answers {
  readonly sessions: readonly { readonly id: string }[]
  readonly ended: number
  readonly records: number
  readonly operations: readonly { readonly operation: string }[]
}

describe.each(kinds)('$name', ({ name, missing, sweeps, start }) => {
  let engine: Engine
  let sessions: Sessions
  let address: string
  beforeAll(async () => {
    if (missing) return
    engine = await start()
    address = addressOf(engine.location)
    sessions = createSessions({ ...PATIENCE, secrets: [SECRET], store: await openStore(engine.location) })
  })
  afterAll(async () => {
    await sessions?.close()
    await engine?.stop()
  })

  /** Somebody who is signed in. */
  async function signedIn(principal: string): Promise<{ readonly browser: Client<object>; readonly id: string }> {
    const browser = client(sessions)
    await browser.run(async (session) => {
      session.set('cart', 'a-value-that-nobody-is-shown')
      await session.login(principal)
    })
    const { result } = await browser.run((session) => session.load().then(({ id }) => id!), { headers: { 'user-agent': 'Firefox' } })
    return { browser, id: result }
  }

  const run = (...args: string[]): ReturnType<typeof sojourn> => sojourn([...args, '--store', address], { env: { SESSION_SECRET: SECRET } })
  const json = async (...args: string[]): Promise<Answers> => JSON.parse((await run(...args, '--json')).stdout) as Answers

  test('lists, shows, counts and ends sessions; no value and no token is shown', leftOut(missing), async () => {
    const [anna, other, boris] = [await signedIn('anna'), await signedIn('anna'), await signedIn('boris')]
    const listed = await run('sessions', 'list')
    expect(listed.code, listed.stderr).toBe(0)
    for (const { id } of [anna, other, boris]) expect(listed.stdout).toContain(id)
    const ofAnna = await json('sessions', 'list', 'anna')
    expect(ofAnna.sessions.map(({ id }) => id).toSorted()).toEqual([anna.id, other.id].toSorted())
    expect(await json('count')).toEqual({ sessions: 3, signedIn: 3, verified: true })
    expect(await json('count', 'anna')).toEqual({ sessions: 2, signedIn: 2, verified: true })

    const shown = await run('sessions', 'show', anna.id)
    expect(shown.stdout).toMatch(/^principal +anna$/m)
    expect(shown.stdout).toMatch(/^cart +30$/m)
    for (const text of [shown.stdout, JSON.stringify(await json('sessions', 'show', anna.id))]) {
      expect(text).not.toContain('a-value')
      for (const token of anna.browser.jar.values()) expect(text).not.toContain(token)
    }

    expect(await json('sessions', 'revoke', anna.id, '--yes')).toEqual({ ended: 1 })
    expect((await anna.browser.run((session) => session.load().then(({ principal }) => principal))).result).toBe(null)
    expect((await run('sessions', 'revoke', anna.id, '--yes')).code).toBe(3)
    expect((await run('sessions', 'show', anna.id)).code).toBe(3)
    expect(await json('revoke-all', 'anna', '--yes')).toEqual({ ended: 1, left: 0 })
    expect((await other.browser.run((session) => session.load().then(({ principal }) => principal))).result).toBe(null)
    expect((await boris.browser.run((session) => session.load().then(({ principal }) => principal))).result).toBe('boris')
  })

  test('ends everybody, anonymous visitors too', leftOut(missing), async () => {
    await signedIn('anna')
    await client(sessions).run((session) => session.set('cart', 'x'))
    const { ended } = await json('revoke-all', '--everybody', '--yes')
    expect(ended).toBeGreaterThanOrEqual(2)
    expect(await json('count')).toEqual({ sessions: 0, signedIn: 0, verified: true })
  })

  test('sweeps', leftOut(missing), async () => {
    await signedIn('anna')
    const { code, stdout } = await run('sweep')
    expect([code, stdout.trim()]).toEqual([0, sweeps ? 'Deleted 0 expired records.' : 'The engine removes expired records itself.'])
  })

  test('the doctor finds nothing wrong', leftOut(missing), async () => {
    const before = await json('count')
    const { code, stdout } = await run('doctor')
    expect(code, stdout).toBe(0)
    expect(stdout).toMatch(/^ok {7}rights {4}create, list, update, touch, delete, raise$/m)
    if ('url' in engine.location) expect(stdout).toMatch(/^ok {7}tables {4}version 1$/m)
    if ('url' in engine.location || name === 'Redis') expect(stdout).toMatch(/^ok {7}clock {5}the engine's differs by \d+ ms$/m)
    if (name === 'Redis') expect(stdout).toMatch(/^ok {7}memory/m)
    expect(await json('count')).toEqual(before)
  })

  test('takes in the sessions of another store', leftOut(missing), async () => {
    const before = await json('count')
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-cli-'))
    const old = createSessions({ ...PATIENCE, secrets: [SECRET], store: sqliteStore(join(folder, 'old.db')) })
    const browser = client(old)
    await browser.run((session) => session.login('clara'))
    await old.close()
    const { code, stdout } = await sojourn(['copy', join(folder, 'old.db'), address, '--yes'])
    rmSync(folder, { recursive: true })
    expect([code, stdout]).toEqual([0, 'Moved 1 session; 0 ended meanwhile, 0 in doubt were ended.\n'])
    const { result } = await browser.run((session) => session.load().then(({ principal }) => principal), { at: sessions })
    expect(result).toBe('clara')
    expect(await json('revoke-all', 'clara', '--yes')).toMatchObject({ ended: 1 })
    expect(await json('count')).toEqual(before)
  })

  test('measures the store, and leaves nothing behind', leftOut(missing), async () => {
    const before = await json('count')
    const { records, operations } = await json('bench-store', '--records', '50')
    expect(records).toBe(50)
    expect(operations.map(({ operation }) => operation)).toEqual(['create', 'load', 'update', 'touch', 'delete'])
    expect(await json('count')).toEqual(before)
  })
})

/** Where an engine is not installed, the kind above says so and, under CI, fails. */
const absent = (name: 'redis' | 'postgres' | 'mariadb'): string | undefined => (findEngine(name) ? undefined : `${name} is not installed`)

describe('the doctor finds what is wrong with', () => {
  const doctor = (store: string): ReturnType<typeof sojourn> => sojourn(['doctor', '--store', store])

  test('a Redis that drops keys, or wants another password', leftOut(absent('redis')), async () => {
    const engine = await startRedis(findEngine('redis')!, ['--requirepass', 'the-right-one', '--maxmemory-policy', 'allkeys-lru'])
    try {
      const dropping = await doctor(`redis://:the-right-one@127.0.0.1:${engine.ports[0]}`)
      expect([dropping.code, dropping.stdout]).toEqual([1, expect.stringMatching(/^PROBLEM {2}memory {4}maxmemory-policy is allkeys-lru/m)])
      const locked = await doctor(`redis://:the-wrong-one@127.0.0.1:${engine.ports[0]}`)
      expect([locked.code, locked.stdout]).toEqual([1, expect.stringMatching(/^PROBLEM {2}store {5}WRONGPASS/m)])
      for (const { stdout, stderr } of [dropping, locked]) expect(stdout + stderr).not.toMatch(/the-(right|wrong)-one/)
    } finally {
      await engine.stop()
    }
  })

  test('a Redis whose user may not write', leftOut(absent('redis')), async () => {
    const engine = await startRedis(findEngine('redis')!)
    const client = createClient({ socket: { host: '127.0.0.1', port: engine.ports[0]! } })
    try {
      await client.connect()
      await client.sendCommand(['ACL', 'SETUSER', 'reader', 'on', '>pass', '~*', '&*', '+@read', '+@connection', '+info'])
      const { code, stdout } = await doctor(`redis://reader:pass@127.0.0.1:${engine.ports[0]}`)
      expect([code, stdout]).toEqual([1, expect.stringMatching(/^PROBLEM {2}rights {4}create fails: the user may not/m)])
    } finally {
      client.destroy()
      await engine.stop()
    }
  })

  test('a PostgreSQL without tables, of another version, and whose role may only read', leftOut(absent('postgres')), async () => {
    const engine = await startPostgres(findEngine('postgres')!)
    const pool = new Pool({ connectionString: engine.url })
    try {
      expect((await doctor(engine.url)).stdout).toMatch(/^PROBLEM {2}store {5}relation "sojourn_sessions" does not exist$/m)
      await pool.query((await sojourn(['schema', 'postgres'])).stdout)
      expect((await doctor(engine.url)).code).toBe(0)
      await pool.query('CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader')
      const reading = await doctor(engine.url.replace('test@', 'reader@'))
      expect([reading.code, reading.stdout]).toEqual([1, expect.stringMatching(/^PROBLEM {2}rights {4}create fails: the user may not/m)])
      await pool.query('UPDATE sojourn_schema SET version = 9')
      expect((await doctor(engine.url)).stdout).toMatch(/^PROBLEM {2}tables {4}version 9, and this package makes 1$/m)
    } finally {
      await pool.end()
      await engine.stop()
    }
  })

  test('a MariaDB without tables, and none when they are made', leftOut(absent('mariadb')), async () => {
    const engine = await startMariadb(findEngine('mariadb')!)
    const pool = createPool({ uri: engine.url, multipleStatements: true })
    try {
      expect((await doctor(engine.url)).stdout).toMatch(/^PROBLEM {2}store {5}Table '\w+\.sojourn_sessions' doesn't exist$/m)
      await pool.query((await sojourn(['schema', 'mysql'])).stdout)
      expect((await doctor(engine.url)).code).toBe(0)
    } finally {
      await pool.end()
      await engine.stop()
    }
  })
})
