/** No lost update between two processes on one shared session, for every store that can compare. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { startPostgres } from '../../scripts/engines/postgres.ts'
import { startRedis } from '../../scripts/engines/redis.ts'
import { client } from '../_support/client.ts'
import { openRace } from './support/racer.ts'
import type { Race, RaceSystem } from './support/racer.ts'

const TIMES = 25

interface Ground {
  readonly at: string
  stop(): unknown
}

const DJANGO = 'session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL'
const IN_POSTGRES = [
  `CREATE TABLE django_session (${DJANGO}, expire_date timestamp with time zone NOT NULL)`,
  'CREATE TABLE session (sid varchar NOT NULL PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)',
]

const grounds: Readonly<Record<'sqlite' | 'postgres' | 'redis', () => Promise<Ground>>> = {
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-race-'))
    const at = join(folder, 'site.sqlite3')
    const database = new DatabaseSync(at)
    database.exec(`CREATE TABLE django_session (${DJANGO}, expire_date datetime NOT NULL)`)
    database.close()
    return { at, stop: () => rmSync(folder, { recursive: true }) }
  },
  async postgres() {
    const { url, stop } = await startPostgres(findEngine('postgres')!)
    const pool = new Pool({ connectionString: url })
    for (const sql of IN_POSTGRES) await pool.query(sql)
    await pool.end()
    return { at: url, stop }
  },
  async redis() {
    const { ports, stop } = await startRedis(findEngine('redis')!)
    return { at: `redis://127.0.0.1:${ports[0]}`, stop }
  },
}

/** Returns how many requests each of two processes saved. Both begin when both are ready. */
async function raced(race: Race, meanwhile: () => Promise<unknown> = async () => {}): Promise<number[]> {
  const children = [1, 2].map(() =>
    fork(new URL('support/race-child.ts', import.meta.url), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  const answers = async (): Promise<number[]> =>
    (await Promise.all(children.map((child) => once(child, 'message')))).map(([answer]) => answer as number)
  for (const child of children) child.send(race)
  await answers()
  const saved = answers()
  for (const child of children) child.send('go')
  await meanwhile()
  return saved
}

describe.each([
  ['sqlite', ['django-sqlite']],
  ['postgres', ['django-postgres', 'express-postgres']],
  ['redis', ['flask-redis', 'express-redis']],
] satisfies [keyof typeof grounds, RaceSystem[]][])('in %s', (engine, systems) => {
  const missing = engine !== 'sqlite' && !findEngine(engine)
  if (missing && process.env['CI'] === 'true') throw new Error(`Shared sessions are raced for on a real server. Install ${engine}.`)
  if (missing) console.warn(`NOT TESTED: two processes that race for a session in ${engine}. There is none; install it.`)

  let ground: Ground
  beforeAll(async () => {
    if (!missing) ground = await grounds[engine]()
  })
  afterAll(() => ground?.stop())

  test.skipIf(missing).each(systems)('two processes count to fifty in one session of %s, exactly', async (system) => {
    const [sessions, close] = await openRace({ system, at: ground.at })
    const browser = client(sessions)
    await browser.run((session) => session.set('count', 0))
    const [cookie] = [...browser.jar]
    const race: Race = { system, at: ground.at, cookie: cookie!, times: TIMES }
    expect(await raced(race)).toEqual([TIMES, TIMES])
    expect((await browser.run((session) => session.get('count'))).result).toBe(2 * TIMES)
    await close()
  })

  test.skipIf(missing).each(systems)('a session of %s that ends under two processes never comes back', async (system) => {
    const [sessions, close] = await openRace({ system, at: ground.at })
    const browser = client(sessions)
    await browser.run((session) => session.set('count', 0))
    const thief = browser.copy()
    const [cookie] = [...browser.jar]
    const race: Race = { system, at: ground.at, cookie: cookie!, times: TIMES }
    await raced(race, () => browser.run((session) => session.logout()))
    expect((await thief.run(async (session) => (await session.load()).isNew)).result).toBe(true)
    await close()
  })
})
