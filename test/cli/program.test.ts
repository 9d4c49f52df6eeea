import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSessions } from '../../src/index.ts'
import type { SessionsOptions } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { client } from '../_support/client.ts'
import { PATIENCE } from '../_support/patience.ts'
import { root } from '../../scripts/run.ts'
import { sojourn, sojournInTerminal } from './program.ts'

const SECRET = 'Zk3Jq8sT1vXw5Yb7Nc9Md2Pf4Rg6Hh0La'
const APPLICATION = `${root}test/cli/application.ts`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let databases = 0

/** A database with so many sessions of each of these principals; `null` for visitors. */
async function database(principals: readonly (string | null)[], options: Partial<SessionsOptions> = {}): Promise<string> {
  const path = join(folder, `${databases++}.db`)
  const store = sqliteStore({ path, synchronous: 'normal' })
  const sessions = createSessions({ ...PATIENCE, secrets: [SECRET], ...options, store } as SessionsOptions & { schema?: never })
  for (const principal of principals) {
    await client(sessions).run((session) => (principal === null ? session.set('cart', 1) : session.login(principal)))
  }
  await sessions.close()
  return path
}

const countOf = async (store: string, env: Record<string, string> = {}, ...more: string[]): Promise<number> => {
  const { stdout, stderr } = await sojourn(['count', '--json', '--store', store, ...more], { env })
  expect(stderr).toBe('')
  return (JSON.parse(stdout) as { sessions: number }).sessions
}

describe('help', () => {
  test.each(['', ...commands.map(({ name }) => name)])('sojourn %s --help fits a terminal, and says every option', async (name) => {
    const { code, stdout, stderr } = await sojourn([...name.split(' ').filter(Boolean), '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    const options = commands.find((command) => command.name === name)?.options ?? {}
    for (const option of Object.keys(options)) expect(stdout).toContain(`--${option}`)
  })
})

describe('exit codes', () => {
  test.each([
    ['an unknown command', ['nonsense'], "There is no command 'nonsense'."],
    ['an unknown option', ['count', '--everything'], "Unknown option '--everything'"],
    ['no store', ['count'], 'Which sessions?'],
    ['what is no store', ['count', '--store', 'http://x:secret@shop.test'], 'http://x:***@shop.test is no store'],
    ['a file that is not there', ['count', '--store', 'missing.db'], 'There is no file missing.db.'],
    ['a missing operand', ['sessions', 'show', '--store', 'x.db'], 'It is written: sojourn sessions show ID'],
    ['an engine without a schema', ['schema', 'redis'], "not for 'redis'"],
    ['a limit that is no number', ['sessions', 'list', '--limit', 'all', '--store', 'x.db'], '--limit'],
    ['neither a principal nor everybody', ['revoke-all', '--store', 'x.db'], 'Write a principal, or --everybody.'],
    ['a module that exports something else', ['count', '--module', 'scripts/run.ts'], 'has to export `sessions`'],
  ])('2 for %s', async (_what, args, says) => {
    const { code, stdout, stderr } = await sojourn(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).not.toContain('    at ')
  })

  test('1 where the store is away, and the password of its address is not told', async () => {
    for (const command of [['count'], ['doctor'], ['bench-store'], ['sessions', 'list', 'anna']]) {
      const { code, stdout, stderr } = await sojourn([...command, '--store', 'redis://user:top-secret@127.0.0.1:1'])
      expect(code, command.join(' ')).toBe(1)
      expect(stdout + stderr).toContain('ECONNREFUSED')
      expect(stdout + stderr).not.toContain('top-secret')
    }
  })
})

describe('before something ends', () => {
  test('it asks, and takes a yes', async () => {
    const path = await database(['anna', 'anna'])
    const { code, stdout } = await sojournInTerminal(['revoke-all', 'anna', '--store', path], 'y\n')
    expect(stdout).toContain('End all sessions of anna? [y/N]')
    expect([code, await countOf(path)]).toEqual([0, 0])
  })

  test.each(['n\n', '\n'])('anything else ends nothing: %j', async (typed) => {
    const path = await database(['anna', 'anna'])
    const { code, stdout } = await sojournInTerminal(['revoke-all', '--everybody', '--store', path], typed)
    expect(stdout).toContain('EVERYBODY')
    expect([code, await countOf(path)]).toEqual([1, 2])
  })

  test('where nobody can answer it does nothing', async () => {
    const path = await database(['anna'])
    for (const command of [
      ['revoke-all', 'anna'],
      ['revoke-all', '--everybody'],
      ['sessions', 'revoke', 'x'.repeat(22)],
    ]) {
      const { code, stderr } = await sojourn([...command, '--store', path])
      expect([code, stderr]).toEqual([2, expect.stringContaining('add --yes')])
    }
    expect(await countOf(path)).toBe(1)
  })
})

test('an id that begins with a dash is an id', async () => {
  const path = await database([null])
  const { code, stderr } = await sojourn(['sessions', 'revoke', `-${'x'.repeat(21)}`, '--yes', '--store', path])
  expect([code, stderr]).toEqual([3, 'Not there: 1.\n'])
})

test('a list is cut where it is told, and says so', async () => {
  const path = await database(['anna', 'boris', null])
  const { stdout, stderr } = await sojourn(['sessions', 'list', '--limit', '2', '--store', path])
  expect(stdout.trim().split('\n')).toHaveLength(3)
  expect(stderr).toContain('There are more than 2 sessions')
})

test('what a client sent cannot move the cursor of a terminal, nor turn a line around', async () => {
  const path = await database(['anna\u001B[2Jboris', 'an\u202Ena'])
  const { stdout } = await sojourn(['sessions', 'list', '--store', path])
  expect(stdout).toContain('anna?[2Jboris')
  expect(stdout).toContain('an?na')
})

test('applications of one store are apart', async () => {
  const path = await database(['anna'], { name: 'admin' })
  expect(await countOf(path)).toBe(0)
  expect(await countOf(path, {}, '--name', 'admin')).toBe(1)
  const { code, stderr } = await sojourn(['revoke-all', '--everybody', '--yes', '--store', path])
  expect([code, stderr]).toEqual([0, expect.stringContaining('Left: 1 record')])
  expect(await countOf(path, {}, '--name', 'admin')).toBe(1)
})

test('encrypted records are read with the secret, and end without it', async () => {
  const path = await database(['anna', 'boris', null], { encrypt: true })
  const env = { SESSION_SECRET: SECRET }
  expect([await countOf(path), await countOf(path, env)]).toEqual([0, 3])
  const { stdout } = await sojourn(['sessions', 'list', 'anna', '--json', '--store', path], { env })
  const { sessions } = JSON.parse(stdout) as { sessions: { id: string }[] }
  expect((await sojourn(['sessions', 'revoke', sessions[0]!.id, '--yes', '--store', path])).code).toBe(0)
  const everybody = await sojourn(['revoke-all', '--everybody', '--yes', '--json', '--store', path])
  expect(JSON.parse(everybody.stdout)).toEqual({ ended: 1, left: 1 })
  expect(await countOf(path, env), 'the visitor').toBe(1)
})

describe('without a secret', () => {
  const NOTE = 'Not verified: what somebody changed in the store is shown as it is. Set SESSION_SECRET.'

  /** A session whose principal somebody with the right to write has changed. */
  async function forged(): Promise<{ path: string; id: string }> {
    const path = await database(['anna'])
    const file = new DatabaseSync(path)
    file.exec("UPDATE sojourn_sessions SET principal = 'session:admin'")
    const { id } = file.prepare('SELECT id FROM sojourn_sessions').get() as { id: string }
    file.close()
    return { path, id }
  }

  test('what is shown may be forged, and people and scripts are told', async () => {
    const { path, id } = await forged()
    for (const command of [
      ['sessions', 'list'],
      ['sessions', 'show', id],
      ['count', 'admin'],
    ]) {
      const { code, stderr } = await sojourn([...command, '--store', path])
      expect([code, stderr], command.join(' ')).toEqual([0, `${NOTE}\n`])
      const { stdout, stderr: none } = await sojourn([...command, '--json', '--store', path])
      expect([none, JSON.parse(stdout)], command.join(' ')).toEqual(['', expect.objectContaining({ verified: false })])
    }
    const { code, stdout } = await sojourn(['doctor', '--store', path])
    expect([code, stdout]).toEqual([0, expect.stringContaining('warning  secret    SESSION_SECRET is not set')])
  })

  test('with it, a forged record is left out, and nobody is warned', async () => {
    const { path, id } = await forged()
    const env = { SESSION_SECRET: SECRET }
    const { stdout, stderr } = await sojourn(['sessions', 'list', '--json', '--store', path], { env })
    expect([JSON.parse(stdout), stderr]).toEqual([{ sessions: [], more: false, verified: true }, ''])
    expect((await sojourn(['sessions', 'show', id, '--store', path], { env })).code).toBe(3)
    expect((await sojourn(['count', '--store', await database(['anna'])], { env })).stderr).toBe('')
  })
})

describe('secret and schema', () => {
  test('a secret is random, and the doctor likes it', async () => {
    const [one, other] = [await sojourn(['secret']), await sojourn(['secret'])]
    expect(one.stdout.trim()).toMatch(/^[\w-]{43}$/)
    expect(one.stdout).not.toBe(other.stdout)
    const path = await database([])
    const { stdout } = await sojourn(['doctor', '--store', path], { env: { SESSION_SECRET: one.stdout.trim() } })
    expect(stdout).toContain('looks random')
    expect(stdout).not.toContain(one.stdout.trim())
  })

  test.each(['postgres', 'mysql'])('the schema of %s makes the tables', async (engine) => {
    const { stdout } = await sojourn(['schema', engine])
    for (const table of ['sojourn_sessions', 'sojourn_epochs', 'sojourn_schema'])
      expect(stdout).toContain(`CREATE TABLE IF NOT EXISTS ${table}`)
  })
})

describe('a copy', () => {
  test('moves everybody, with a bar in a terminal', async () => {
    const path = await database(['anna', 'boris', null])
    const target = `file:${join(folder, 'moved')}`
    const { code, stdout } = await sojournInTerminal(['copy', path, target, '--yes'])
    expect(stdout).toContain(`[${'#'.repeat(30)}] 100 %  3 of 3`)
    expect(stdout).toContain('Moved 3 sessions; 0 ended meanwhile, 0 in doubt were ended.')
    expect([code, await countOf(path), await countOf(target)]).toEqual([0, 0, 3])
  })

  test('that is interrupted goes on where it was', async () => {
    const total = 400
    const path = await database(Array.from({ length: total }, () => null))
    const place = join(folder, 'interrupted')
    const records = (): number => (readdirSync(folder).includes('interrupted') ? readdirSync(place, { recursive: true }).length : 0)
    const old = new DatabaseSync(path)
    // Until this ends, sessions come there and none leaves here.
    old.exec('BEGIN IMMEDIATE')
    const interrupted = await sojourn(['copy', path, `file:${place}`, '--yes'], {
      meanwhile: async (child) => {
        await expect.poll(records).toBeGreaterThan(20)
        child.kill('SIGINT')
        old.exec('ROLLBACK')
        old.close()
      },
    })
    expect(interrupted.code, interrupted.stderr).toBe(130)
    const [, cursor] = /Go on with (--cursor=\S+)$/m.exec(interrupted.stderr)!
    const moved = await countOf(`file:${place}`)
    expect(moved).toBeGreaterThan(0)
    expect(moved).toBeLessThan(total)
    const again = await sojourn(['copy', path, `file:${place}`, '--yes', '--json', cursor!])
    expect(JSON.parse(again.stdout)).toEqual({ moved: total - moved, ended: 0, inDoubt: 0 })
    expect(await countOf(`file:${place}`)).toBe(total)
  })

  test('makes what is missing at its target only', async () => {
    const { code, stderr } = await sojourn(['copy', join(folder, 'typo.db'), `file:${join(folder, 'never')}`, '--yes'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no file')])
    expect(readdirSync(folder)).not.toContain('never')
    expect(readdirSync(folder)).not.toContain('typo.db')
  })
})

describe('with a module', () => {
  const inModule = (args: readonly string[], options: object, env: Record<string, string> = {}): ReturnType<typeof sojourn> =>
    sojourn([...args, '--module', APPLICATION], { env: { OPTIONS: JSON.stringify({ secrets: [SECRET], ...options }), ...env } })

  test('the application hears what is ended', async () => {
    const path = await database(['anna', 'boris'])
    const { code, stderr } = await inModule(['revoke-all', 'anna', '--yes'], { path })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^audit: revoked [\w-]{22} of anna$/m)])
    expect(await countOf(path)).toBe(1)
  })

  test('its encrypted sessions are read, and its name counts', async () => {
    const path = await database(['anna'], { encrypt: true, name: 'admin' })
    const { stdout } = await inModule(['count', '--json'], { path, encrypt: true, name: 'admin' })
    expect(JSON.parse(stdout)).toEqual({ sessions: 1, signedIn: 1, verified: true })
  })

  test('the doctor is content with good options', async () => {
    const { code, stdout } = await inModule(['doctor', '--url', 'https://shop.test'], {})
    expect(stdout).toContain("ok       options   'session': idle 30m, at most 30d, no rotation")
    expect(stdout).toContain('ok       cookie    __Host-session')
    expect([code, stdout.includes('PROBLEM'), stdout.includes('warning')]).toEqual([0, false, false])
  })

  test.each<[what: string, options: object, args: string[], env: Record<string, string>, says: RegExp]>([
    ['a secret of words', { secrets: ['correct horse battery staple forever'] }, [], {}, /^PROBLEM {2}secret {4}it is made of words/m],
    ['a secret of one character', { secrets: ['a'.repeat(40)] }, [], {}, /^PROBLEM {2}secret {4}it has only a few different characters/m],
    [
      'a secret that people try first',
      { secrets: [SECRET, 'keyboard cat 12345 keyboard cat 67890'] },
      [],
      {},
      /^PROBLEM {2}secret {4}number 2 is made of words/m,
    ],
    ['no secret', { secrets: undefined, development: true }, [], {}, /^PROBLEM {2}secret {4}there is none/m],
    ['development in production', { development: true }, [], { NODE_ENV: 'production' }, /^PROBLEM {2}options {3}development: true/m],
    ['a very long life', { absoluteTimeout: '365d' }, [], {}, /^warning {2}options {3}absoluteTimeout is 365d/m],
    ['a clock that is ahead', { clockIsAheadBy: 300_000 }, [], {}, /^PROBLEM {2}clock {5}the engine's differs by (29|30)\d{4} ms/m],
    ['a clock that is a little ahead', { clockIsAheadBy: 10_000 }, [], {}, /^warning {2}clock/m],
    [
      'a Secure cookie by plain HTTP',
      {},
      ['--url', 'http://shop.test'],
      {},
      /^PROBLEM {2}cookie {4}__Host-session\S* is Secure, and http:\/\/shop\.test is plain HTTP/m,
    ],
    [
      'a development cookie by HTTPS',
      { development: true },
      ['--url', 'https://shop.test'],
      {},
      /^PROBLEM {2}cookie {4}\S+ is not Secure/m,
    ],
    [
      'a foreign domain',
      { cookie: { domain: 'other.test' } },
      ['--url', 'https://shop.test'],
      {},
      /^PROBLEM {2}cookie {4}Domain=other\.test does not cover shop\.test/m,
    ],
    [
      'another path',
      { cookie: { path: '/admin' } },
      ['--url', 'https://shop.test/shop'],
      {},
      /^PROBLEM {2}cookie {4}Path=\/admin does not cover \/shop/m,
    ],
  ])('the doctor finds %s', async (_what, options, args, env, says) => {
    const { code, stdout, stderr } = await inModule(['doctor', ...args], options, env)
    expect(stdout, stderr).toMatch(says)
    expect(code).toBe(says.source.includes('PROBLEM') ? 1 : 0)
    for (const secret of (options as { secrets?: string[] }).secrets ?? [SECRET]) expect(stdout + stderr).not.toContain(secret)
  })

  test('one that fails to load says why, without a stack', async () => {
    const path = join(folder, 'broken.mjs')
    writeFileSync(path, 'throw new Error("no configuration")')
    const { code, stderr } = await sojourn(['count', '--module', path])
    expect([code, stderr]).toEqual([1, 'Failed: no configuration\n'])
  })
})
