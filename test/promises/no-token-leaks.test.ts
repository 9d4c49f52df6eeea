/** No warning, error, event or log of a handle holds a token, a secret or the application's data. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createSessions, isSojournError, memoryStore } from '../../src/index.ts'
import type { EventName, Sessions, SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import type { ScriptedStore, StoreOperation } from '../../src/testing/index.ts'
import { settled } from '../_support/application.ts'
import { busyLife, PRIVATE, SECRETS } from './support/busy-life.ts'
import { databasePaths } from './support/files.ts'
import { findIn, partsOf } from './support/search.ts'

const EVENTS = Object.keys({
  created: 0,
  adopted: 0,
  loaded: 0,
  touched: 0,
  rotated: 0,
  login: 0,
  logout: 0,
  revoked: 0,
  expired: 0,
  reuse: 0,
  unconfirmed: 0,
  merged: 0,
  dropped: 0,
  refused: 0,
  unreadable: 0,
  evicted: 0,
  storeError: 0,
  signInFailed: 0,
  signInThrottled: 0,
  passwordChanged: 0,
  csrfRefused: 0,
  withheld: 0,
  operated: 0,
} satisfies Record<EventName, 0>) as EventName[]
const newPath = databasePaths()

/** Everything an object shows to whoever prints it, hidden properties, causes and getters too. */
const shown = (value: unknown): string =>
  inspect(value, { depth: 12, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null })

const failing: readonly StoreOperation[] = ['load', 'create', 'update', 'touch', 'delete', 'principals.epoch', 'principals.deleteMany']

/** Each store call fails now and then, and says of what it was asked as much as a store can. */
function moody(inner: SessionStore): ScriptedStore {
  const store = scriptedStore(inner)
  let calls = 0
  for (const operation of failing) {
    store.before(operation, ({ args }) => {
      if (++calls % 7 === 0) throw Object.assign(new Error(`no ${operation} for ${JSON.stringify(args)}`), { args })
    })
  }
  return store
}

test.each([
  { name: 'memory', open: () => memoryStore(), encrypt: false, fails: false },
  { name: 'SQLite', open: () => sqliteStore(newPath()), encrypt: false, fails: false },
  { name: 'a store that fails', open: () => moody(memoryStore()), encrypt: true, fails: true },
])('$name', async ({ open, encrypt, fails }) => {
  const heard: string[] = []
  const names = new Set<string>()
  const warnings: string[] = []
  const onWarning = (warning: Error): void => void warnings.push(shown(warning))
  process.on('warning', onWarning)
  const listen = (sessions: Sessions): void => {
    for (const name of EVENTS) {
      sessions.on(name, (event) => {
        names.add(name)
        heard.push(shown(event), JSON.stringify(event))
        throw new Error(`a listener that fails at ${name}`)
      })
    }
  }
  const life = await busyLife(open(), { encrypt }, listen)
  const { tokens, errors, handles, sessions } = life
  await settled()
  await settled()
  process.off('warning', onWarning)

  // Much was to be heard; otherwise the silence would prove nothing.
  if (!fails)
    expect([...names]).toEqual(
      expect.arrayContaining(['created', 'loaded', 'rotated', 'login', 'logout', 'revoked', 'reuse', 'dropped', 'refused']),
    )
  else expect([...names]).toContain('storeError')
  expect(errors.length).toBeGreaterThan(6)
  expect(warnings.join()).toContain('a listener that fails')

  const printed = [
    ...heard,
    ...warnings,
    ...errors.map(shown),
    ...errors.map(String),
    ...handles.map(shown),
    ...handles.map((each) => JSON.stringify(each)),
    shown(sessions),
  ]
  const bytes = Buffer.from(printed.join('\n'))
  expect(findIn(bytes, Buffer.from('a listener that fails'))).toContain('raw')
  const leaks = tokens.flatMap((token, i) =>
    Object.entries(partsOf(token)).flatMap(([part, needle]) =>
      findIn(bytes, needle).map((spelling) => `${part} of token ${i}, ${spelling}`),
    ),
  )
  expect(leaks).toEqual([])
  expect(SECRETS.flatMap((secret) => findIn(bytes, Buffer.from(secret)))).toEqual([])
  // A handle shows its data to whoever prints it, and an application's own error says what it likes; events and our messages tell none.
  const messages = errors.filter(isSojournError).map(({ message }) => message)
  const told = Buffer.from([...(fails ? [] : heard), ...warnings, ...messages].join('\n'))
  expect(['value', 'inner', 'flash', 'rich'].filter((name) => findIn(told, Buffer.from(PRIVATE[name]!)).length > 0)).toEqual([])
  await sessions.close()
})

test('wrong options are told without the secret that was among them', () => {
  const secret = 'short-secret-Nq4'
  for (const options of [
    { secrets: [secret] },
    { secrets: [`${secret}-but-long-enough-this-time`], name: 'a b' },
    { secrets: [secret, 1 as unknown as string] },
  ]) {
    let told = ''
    try {
      createSessions({ ...options, store: memoryStore() })
    } catch (error) {
      told = shown(error)
    }
    expect(told).toContain('ERR_SESSION_OPTIONS')
    expect(told).not.toContain(secret)
  }
})
