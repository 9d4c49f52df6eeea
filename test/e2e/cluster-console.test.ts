/** The example of several machines as a program: what is typed into it, and that nothing outlives it. */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findEngine } from '../../scripts/engines.ts'
import { root } from '../../scripts/run.ts'

const missing = (['redis', 'redis-cli'] as const).filter((name) => !findEngine(name))
if (missing.length > 0) {
  if (process.env['CI'] === 'true') throw new Error(`The example of several machines needs ${missing.join(', ')}.`)
  console.warn(`NOT TESTED: what is typed into the example of several machines. There is no ${missing.join(', no ')}.`)
}

let place: string
let example: ChildProcess
let printed: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sojourn-console-'))
  printed = ''
  example = spawn(process.execPath, ['examples/cluster/main.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0', STORE: '', TMPDIR: place },
  })
  for (const stream of [example.stdout!, example.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
    })
  }
})
afterEach(async () => {
  await end('SIGKILL')
  rmSync(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

async function end(signal: NodeJS.Signals): Promise<void> {
  if (example.exitCode !== null || example.signalCode !== null) return
  const ended = once(example, 'exit')
  example.kill(signal)
  await ended
}

function type(line: string): void {
  example.stdin!.write(`${line}\n`)
}

async function says(text: string | RegExp): Promise<void> {
  await expect.poll(() => printed).toMatch(text)
}

test.skipIf(missing.length > 0)('it adds and removes what is typed, says how many there are, and ends with Ctrl-C', async () => {
  await says('3 masters, 3 processes.')
  type('process')
  await says('3 masters, 4 processes.')
  type('remove process')
  await says(/The process at port \d+ has ended.\n3 masters, 3 processes\./)
  type('remove master')
  await says('Redis Cluster needs three masters.')
  type('constructor')
  await says("There is no command 'constructor'.")
  const started = await descendantsOf(example.pid!)
  expect(started.length, 'six servers and three processes, each with its keeper').toBe(18)
  await end('SIGINT')
  expect(example.exitCode).toBe(0)
  await expect.poll(() => running(started)).toEqual([])
  await expect.poll(() => readdirSync(place)).toEqual([])
})

test.skipIf(missing.length > 0)('nothing outlives it if it is killed while a master is added', async () => {
  await says('3 masters, 3 processes.')
  type('master')
  await expect.poll(async () => (await descendantsOf(example.pid!)).length).toBeGreaterThanOrEqual(20)
  const started = await descendantsOf(example.pid!)
  await end('SIGKILL')
  await expect.poll(() => running(started)).toEqual([])
  await expect.poll(() => readdirSync(place)).toEqual([])
})

/** The processes that a process has started, and those that they have started. */
async function descendantsOf(pid: number): Promise<number[]> {
  const all = await processes()
  const below = (parent: number): number[] => all.filter((one) => one.parent === parent).flatMap(({ id }) => [id, ...below(id)])
  return below(pid)
}

async function running(pids: readonly number[]): Promise<number[]> {
  const all = await processes()
  return pids.filter((pid) => all.some(({ id, state }) => id === pid && !state.startsWith('Z')))
}

async function processes(): Promise<{ id: number; parent: number; state: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat='])
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [id, parent, state] = line.trim().split(/\s+/)
      return { id: Number(id), parent: Number(parent), state: state! }
    })
}
