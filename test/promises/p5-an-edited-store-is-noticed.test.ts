/**
 * P5: whoever can write the store cannot make a session, nor change whose it is or what it holds. The rows of a real
 * database are edited by SQL. What a writer can still do is deleting, and bringing back old rows as they were.
 */
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'
import { databasePaths } from './support/files.ts'

const newPath = databasePaths()
const OTHER = 'the second secret of the tests, 32'
const LARGE = 'ö'.repeat(5_000)

interface Edited {
  readonly sessions: Sessions
  readonly browser: Client<Record<string, unknown>>
  readonly id: string
  readonly database: DatabaseSync
  readonly unreadable: { readonly key?: string }[]
  edit(sql: string, ...values: SQLInputValue[]): void
}

/** Mallory is signed in; the row can be edited. */
async function signedIn({ history = LARGE, ...options }: { encrypt?: boolean; history?: string } = {}): Promise<Edited> {
  const path = newPath()
  const sessions = createSessions({ secrets: [SECRET], store: sqliteStore(path), ...options })
  const browser = client(sessions)
  const { result: id } = await browser.run(async (session) => {
    session.set('role', 'guest')
    session.set('history', history)
    await session.login('mallory')
    await session.commit()
    return session.id!
  })
  const database = new DatabaseSync(path)
  const unreadable: { key?: string }[] = []
  sessions.on('unreadable', (event) => void unreadable.push(event))
  return {
    sessions,
    browser,
    id,
    database,
    unreadable,
    edit: (sql, ...values) => expect(Number(database.prepare(sql).run(...values).changes)).toBe(1),
  }
}

const bodyOf = ({ database, id }: Edited): string =>
  (database.prepare('SELECT body FROM sojourn_sessions WHERE id = ?').get(id) as { body: string }).body

// A small one is remembered by the process that wrote it, and compared.
describe.each([
  { encrypt: false, size: 'small', history: 'short' },
  { encrypt: false, size: 'large', history: LARGE },
  { encrypt: true, size: 'small', history: 'short' },
  { encrypt: true, size: 'large', history: LARGE },
])('encrypt: $encrypt, $size', ({ encrypt, history }) => {
  test('nothing was edited: the control', async () => {
    const { browser, unreadable } = await signedIn({ encrypt, history })
    const { result } = await browser.run(async (session) => [
      (await session.load()).principal,
      await session.get('role'),
      await session.get('history'),
    ])
    expect(result).toEqual(['mallory', 'guest', history])
    expect(unreadable).toEqual([])
  })

  test.each<[what: string, sql: string]>([
    ['another principal', "UPDATE sojourn_sessions SET principal = 'session:admin' WHERE id = ?"],
    ['no principal', 'UPDATE sojourn_sessions SET principal = NULL WHERE id = ?'],
    ['an older version', 'UPDATE sojourn_sessions SET version = version - 1 WHERE id = ?'],
    ['a newer version', 'UPDATE sojourn_sessions SET version = version + 1 WHERE id = ?'],
    ['one character more', "UPDATE sojourn_sessions SET body = body || '0' WHERE id = ?"],
    ['an empty body', "UPDATE sojourn_sessions SET body = '' WHERE id = ?"],
  ])('%s is no session, and an event', async (_what, sql) => {
    const edited = await signedIn({ encrypt, history })
    edited.edit(sql, edited.id)
    expect((await edited.browser.run((session) => session.load())).result.principal).toBe(null)
    expect(edited.unreadable).toEqual([{ id: edited.id }])
  })

  test('the body of another session, of the same principal even, is no session', async () => {
    const edited = await signedIn({ encrypt, history })
    const second = client(edited.sessions)
    await second.run((session) => session.login('mallory'))
    edited.edit(
      'UPDATE sojourn_sessions SET body = (SELECT body FROM sojourn_sessions WHERE id <> ?1), version = 1 WHERE id = ?1',
      edited.id,
    )
    expect((await edited.browser.run((session) => session.load())).result.principal).toBe(null)
  })

  test('another application of the same secrets does not take it for its own', async () => {
    const edited = await signedIn({ encrypt, history })
    const blog = createSessions({ secrets: [SECRET], store: sqliteStore({ database: edited.database }), name: 'blog' })
    edited.edit("UPDATE sojourn_sessions SET principal = 'blog:mallory' WHERE id = ?", edited.id)
    expect(await blog.revoke(edited.id)).toBe(false)
  })

  test('a deadline moved by hand never passes the absolute one', async () => {
    let now = Date.now()
    const path = newPath()
    const sessions = createSessions({ secrets: [SECRET], store: sqliteStore(path), encrypt, clock: { now: () => now } })
    const browser = client(sessions)
    await browser.run((session) => session.login('mallory'))
    const database = new DatabaseSync(path)
    database.prepare('UPDATE sojourn_sessions SET expires_at = expires_at * 2, retain_until = retain_until * 2').run()
    now += 365 * 86_400_000
    expect((await browser.run((session) => session.load())).result.principal).toBe(null)
  })
})

test.each([
  ['small', 'short'],
  ['large', LARGE],
])('any character of the body of a %s session that is changed is noticed', async (_size, history) => {
  const edited = await signedIn({ history })
  const body = bodyOf(edited)
  const head = history === LARGE ? body.indexOf('"ö') : body.length
  expect(head).toBeGreaterThan(200)
  for (let at = 0; at < head; at++) {
    const changed = body[at] === '1' ? '2' : '1'
    edited.edit('UPDATE sojourn_sessions SET body = ? WHERE id = ?', body.slice(0, at) + changed + body.slice(at + 1), edited.id)
    const { result } = await edited.browser.run((session) => session.load())
    expect(result.principal, `character ${at}`).toBe(null)
  }
})

test('a large value that is changed reads as if it were not there, with an event, and the rest is good', async () => {
  const edited = await signedIn()
  const body = bodyOf(edited)
  edited.edit('UPDATE sojourn_sessions SET body = ? WHERE id = ?', `${body.slice(0, -2)}e"`, edited.id)
  const { result } = await edited.browser.run(async (session) => [await session.get('history'), await session.get('role')])
  expect(result).toEqual([undefined, 'guest'])
  expect(edited.unreadable).toEqual([{ id: edited.id, key: 'history' }])
  await edited.browser.run((session) => session.set('role', 'still a guest'))
  expect((await edited.browser.run((session) => session.get('history'))).result, 'a write of another key does not vouch for it').toBe(
    undefined,
  )
  await edited.browser.run((session) => session.set('history', 'new'))
  expect((await edited.browser.run((session) => session.get('history'))).result).toBe('new')
})

test('flash messages that were changed are gone, and the page is shown', async () => {
  const edited = await signedIn()
  await edited.browser.run((session) => session.flash('ok', LARGE))
  const body = bodyOf(edited)
  edited.edit('UPDATE sojourn_sessions SET body = ? WHERE id = ?', body.slice(0, -4) + 'e"]]', edited.id)
  expect((await edited.browser.run((session) => session.takeFlash('ok'))).result).toEqual([])
})

const since = Date.now()
const life = `${since},${since},${since + 1e9}`
const hash = 'A'.repeat(43)
test.each([
  ['1', `[1,"session",${life},1,0,${since},1,1,[1,"${hash}",${since}],[]]\n`],
  ['2', `2,session,0,${life},1,0,${since},1,1,1,${since},43,${hash}0,`],
  ['3', `3,session,0,0,${life},1,0,${since},1,1,1,${since},43,${hash}0,`],
])('a record without a MAC, of format %s, is none: otherwise anybody could write one', async (_format, body) => {
  const edited = await signedIn()
  edited.edit('UPDATE sojourn_sessions SET body = ? WHERE id = ?', body, edited.id)
  expect((await edited.browser.run((session) => session.load())).result.principal).toBe(null)
  expect(edited.unreadable).toHaveLength(1)
})

test('a record made under a secret that the application does not know is none', async () => {
  const path = newPath()
  const theirs = client(createSessions({ secrets: [OTHER], store: sqliteStore(path) }))
  await theirs.run((session) => session.login('admin'))
  const ours = createSessions({ secrets: [SECRET], store: sqliteStore(path) })
  expect(await ours.of('admin').list()).toEqual([])
  const both = createSessions({ secrets: [SECRET, OTHER], store: sqliteStore(path) })
  expect(await both.of('admin').list()).toHaveLength(1)
})
