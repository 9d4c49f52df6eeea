/** A process that starts an engine and is killed leaves nothing behind: neither the server nor its folder. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { isRunning } from '../_support/processes.ts'

const starter = fileURLToPath(new URL('engine-child.ts', import.meta.url))

/** Each server writes its process id into a file, below the folder for temporary files. */
const engines = [
  { name: 'redis', pidFile: '*/server.pid' },
  { name: 'postgres', pidFile: '*/data/postmaster.pid' },
  { name: 'mariadb', pidFile: '*/data/*.pid' },
] as const

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sojourn-engines-'))
  // Some servers run as a user of their own, and have temporary files too.
  chmodSync(place, 0o1777)
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** What is there, without what stays for other servers. */
const left = (): string[] => readdirSync(place).filter((name) => !name.startsWith('sojourn-database-'))

describe.each(engines)('$name', ({ name, pidFile }) => {
  const program = findEngine(name)
  const start = (): ChildProcessByStdio<null, Readable, null> =>
    spawn(process.execPath, [starter, name, program!], { env: { ...process.env, TMPDIR: place }, stdio: ['ignore', 'pipe', 'inherit'] })

  test.skipIf(!program)('ends when the process that started it is killed', async () => {
    const child = start()
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    const pid = Number.parseInt(readFileSync(join(place, globSync(pidFile, { cwd: place })[0]!), 'utf8'), 10)
    expect(isRunning(pid)).toBe(true)
    onTestFailed(() => void process.kill(pid, 'SIGKILL'))

    await kill(child)
    await expect.poll(() => isRunning(pid), often).toBe(false)
    await expect.poll(left, often).toEqual([])
  })

  test.skipIf(!program)('leaves no folder if that happens while it is set up', async () => {
    const child = start()
    await expect.poll(() => globSync('*/*', { cwd: place }).length, often).toBeGreaterThan(0)
    await kill(child)
    await expect.poll(left, often).toEqual([])
  })
})

const often = { interval: 20 }

async function kill(child: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
