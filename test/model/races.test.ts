/**
 * Requests of one session that truly run at the same time, in two processes: fast-check decides which store call goes
 * on next, before and after it took effect. What was acknowledged must be there, once; what has ended must stay so; a
 * revocation of all must miss nobody.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSessions, isSojournError, memoryStore } from '../../src/index.ts'
import type { Session, Sessions, SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore, testClock } from '../../src/testing/index.ts'
import { recordCalls } from '../_support/store-calls.ts'

const ALLOWED = new Set(['ERR_SESSION_SUPERSEDED', 'ERR_SESSION_GONE', 'ERR_SESSION_LOGIN_REVOKED'])

type Deed = 'nothing' | 'login' | 'login as bob' | 'logout' | 'rotate'

interface RequestProgram {
  readonly type: 'request'
  readonly at: number
  /** Comes without the cookie. */
  readonly isNewcomer: boolean
  readonly reads: boolean
  readonly by: number
  readonly deed: Deed
}

type Program = RequestProgram | { readonly type: 'revoke'; readonly at: number } | { readonly type: 'revoke all'; readonly at: number }

/** What became of a program, and when, in ticks. */
interface Report {
  readonly program: Program
  readonly from: number
  readonly until: number
  readonly error: string | undefined
  /** The session in which its writes were acknowledged. */
  readonly savedIn: string | undefined
  /** The session that it ended for certain. */
  readonly ended: string | undefined
  /** The tokens it was given. */
  readonly cookies: readonly string[]
}

const program: fc.Arbitrary<Program> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('request' as const),
      at: fc.nat(1),
      isNewcomer: fc.integer({ min: 0, max: 4 }).map((luck) => luck === 0),
      reads: fc.boolean(),
      by: fc.integer({ min: 1, max: 5 }),
      deed: fc.constantFrom<Deed>('nothing', 'nothing', 'nothing', 'login', 'login as bob', 'logout', 'rotate'),
    }),
  },
  { weight: 1, arbitrary: fc.nat(1).chain((at) => fc.constantFrom<Program>({ type: 'revoke', at }, { type: 'revoke all', at })) },
)

const stores: readonly { readonly name: string; open(): SessionStore; readonly runs: number }[] = [
  { name: 'memory', open: () => memoryStore(), runs: 1_000 },
  { name: 'SQLite', open: () => sqliteStore(':memory:'), runs: 200 },
]

describe.each(stores)('$name', ({ open, runs }) => {
  test('whatever the order of the store calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.boolean(),
        fc.array(program, { minLength: 2, maxLength: 6 }),
        async (scheduler, isSignedIn, programs) => {
          const store = scriptedStore(open(), { replies: 'certain' })
          const options = { secrets: ['a secret for the races, more than 32 long'], store, clock: testClock() }
          const managers: readonly Sessions[] = [createSessions(options), createSessions(options)]
          const first = managers[0]!.open({ headers: {} })
          first.set('count', 0)
          if (isSignedIn) await first.login('alice')
          await first.commit()
          const cookie = cookiesOf(first).join('; ')
          const id = first.id!

          for (const operation of recordCalls) {
            store.before(operation, () => scheduler.schedule(Promise.resolve(), `${operation}, before`))
            store.after(operation, () => scheduler.schedule(Promise.resolve(), `${operation}, after`))
          }
          let ticks = 0
          const running = programs.map((each, i) => run(each, i, managers[each.at]!, cookie, id, () => ++ticks))
          const reports = await scheduler.waitFor(Promise.all(running))
          for (const operation of recordCalls) {
            store.before(operation)
            store.after(operation)
          }
          try {
            await check(reports, managers, [cookie, ...reports.flatMap(({ cookies }) => cookies)])
          } finally {
            await store.close()
          }
        },
      ),
      { numRuns: runs },
    )
  })
})

async function run(program: Program, i: number, sessions: Sessions, cookie: string, id: string, tick: () => number): Promise<Report> {
  const from = tick()
  let savedIn: string | undefined
  let ended: string | undefined
  let error: string | undefined
  let cookies: string[] = []
  try {
    if (program.type === 'revoke all') await sessions.of('alice').revokeAll()
    else if (program.type === 'revoke') ended = (await sessions.revoke(id)) ? id : undefined
    else {
      const session = sessions.open({ headers: program.isNewcomer ? {} : { cookie } })
      ended = await act(session, program, i)
      cookies = cookiesOf(session)
      await session.load()
      savedIn = session.id
    }
  } catch (thrown) {
    if (!isSojournError(thrown) || !ALLOWED.has(thrown.code)) throw thrown
    error = thrown.code
  }
  return { program, from, until: tick(), error, savedIn, ended, cookies }
}

/** Answers the id of the session that it has ended. */
async function act(session: Session, { reads, by, deed }: RequestProgram, i: number): Promise<string | undefined> {
  if (reads || deed === 'logout') await session.load()
  const before = deed === 'logout' ? session.id : undefined
  if (deed === 'logout') await session.logout()
  if (deed === 'login') await session.login('alice')
  if (deed === 'login as bob') await session.login('bob')
  if (deed === 'rotate') await session.rotate()
  if (deed !== 'logout') {
    session.increment('count', by)
    session.update('list', (list) => [...((list as number[] | undefined) ?? []), i])
    session.set(`key${i}`, i)
  }
  await session.commit()
  return before
}

function cookiesOf(session: Session): string[] {
  return session
    .takeHeaders()
    .map(([, line]) => line.split(';')[0]!)
    .filter((pair) => !pair.endsWith('='))
}

interface Found {
  readonly principal: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Every session that a token still opens, by its id; each process must see the same. */
async function living(managers: readonly Sessions[], cookies: readonly string[]): Promise<Map<string, Found>> {
  const seen = await Promise.all(
    managers.map(async (sessions) => {
      const found = new Map<string, Found>()
      for (const cookie of cookies) {
        const session = await sessions.open({ headers: { cookie } }).load()
        if (session.id !== undefined) found.set(session.id, { principal: session.principal, data: session.data })
      }
      return found
    }),
  )
  expect(seen[0]).toEqual(seen[1])
  return seen[0]!
}

async function check(reports: readonly Report[], managers: readonly Sessions[], cookies: readonly string[]): Promise<void> {
  const alive = await living(managers, cookies)
  for (const [id, { data }] of alive) {
    const saved = reports.filter(({ savedIn, program }) => savedIn === id && program.type === 'request' && program.deed !== 'logout')
    const sum = saved.reduce((total, { program }) => total + (program.type === 'request' ? program.by : 0), 0)
    expect(data['count'], 'each acknowledged increment once, and no other').toBe(sum)
    const list = (data['list'] as number[] | undefined) ?? []
    expect(list).toHaveLength(saved.length)
    expect(new Set(list)).toEqual(new Set(saved.map((report) => reports.indexOf(report))))
    for (const report of saved) expect(data[`key${reports.indexOf(report)}`]).toBe(reports.indexOf(report))
  }
  for (const { ended } of reports) if (ended !== undefined) expect(alive.has(ended), 'what was revoked').toBe(false)

  for (const principal of ['alice', 'bob']) {
    const listed = (await managers[0]!.of(principal).list()).map(({ id }) => id)
    const expected = [...alive].filter(([, found]) => found.principal === principal).map(([id]) => id)
    expect(listed.toSorted(), `the index of ${principal}`).toEqual(expected.toSorted())
  }
  for (const { program, from } of reports) {
    if (program.type !== 'revoke all') continue
    const before = reports.filter(
      ({ program, until, error }) => program.type === 'request' && program.deed === 'login' && until < from && !error,
    )
    for (const { savedIn } of before)
      if (savedIn !== undefined) expect(alive.has(savedIn), 'a login that was done before all were revoked').toBe(false)
  }
}
