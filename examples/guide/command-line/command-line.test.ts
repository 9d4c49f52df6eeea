/**
 * The outputs that the guide shows, from runs. Run it with `-u` after a change, then read them. Ids and times are
 * replaced, because they differ each time.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessions } from 'sojourn'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sojourn } from '../../../test/cli/program.ts'

const SECRET = 'oTE2kw-9T86-AWi7eHchL9LPYv6iDytv3kX8OaiNxmg'
const SAMPLES = ['qGw7KdJHBi9-yyqnL6hFBg', 'BnuM3jBjRFSCSr3Yhbn1hA', 'TT8qWw5hjJwFUeqqeiS5gA']

/** Node runs it, with its types. */
const MODULE = 'application.ts'

let folder: string
const ids: string[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sojourn-guide-'))
  const sessions = createSessions({ secrets: [SECRET], store: sqliteStore(join(folder, 'sessions.db')), address: () => '192.0.2.7' })
  for (const principal of ['anna', 'anna', 'boris']) {
    const session = sessions.open({ headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0' } })
    session.set('cart', { mug: 2 })
    session.set('language', 'ru')
    await session.login(principal)
    await session.commit()
    ids.push(session.id!)
    // The list is sorted by the time they were seen.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await sessions.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What somebody types, and what is printed. */
async function transcript(name: string, ...lines: string[]): Promise<void> {
  const printed: string[] = []
  for (const line of lines) {
    const args = line.split(' ').map((word) => ids[SAMPLES.indexOf(word)] ?? (word === MODULE ? join(import.meta.dirname, MODULE) : word))
    const { stdout, stderr } = await sojourn(args, { cwd: folder, env: { SESSION_SECRET: SECRET } })
    expect(stdout + stderr).not.toContain(SECRET)
    printed.push(`$ npx sojourn ${line}`, (stderr + stdout).trimEnd(), '')
  }
  await expect(`${always(printed.join('\n').trimEnd())}\n`).toMatchFileSnapshot(`./${name}.txt`)
}

function always(text: string): string {
  const named = ids.reduce((result, id, i) => result.replaceAll(id, SAMPLES[i]!), text)
  return named
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '2030-01-31 12:00:00 UTC')
    .replaceAll(/\d+\.\d+ ms/g, '0.1 ms')
    .replaceAll(/\b\d+[sm] ago/g, '1s ago')
    .replaceAll(/\bin \d+m\b/g, 'in 29m')
}

test('help', () => transcript('help', '--help'))
test('list and show', () => transcript('list', 'sessions list --store sessions.db', `sessions show ${SAMPLES[0]} --store sessions.db`))
test('count, for scripts', () => transcript('count', 'count --store sessions.db', 'count anna --store sessions.db --json'))
test('copy', async () => {
  cpSync(join(folder, 'sessions.db'), join(folder, 'old.db'))
  await transcript('copy', 'copy old.db file:sessions --yes')
})
test('doctor', () => transcript('doctor', 'doctor --store sessions.db', `doctor --module ${MODULE} --url https://shop.example`))
test('end', () =>
  transcript(
    'revoke',
    `sessions revoke ${SAMPLES[0]} --yes --store sessions.db`,
    'revoke-all anna --yes --store sessions.db',
    `sessions show ${SAMPLES[0]} --store sessions.db`,
  ))
