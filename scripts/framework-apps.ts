/**
 * The applications of `examples/frameworks`, as people would run them: what their lock file says, and this package as
 * it would be published, which is built before. What was installed stays for the next run on this machine.
 *
 * @module
 */

import type { ChildProcess } from 'node:child_process'
import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { done, endKept, keep } from './engines/kept.ts'
import { freePort } from './engines/machine.ts'
import { fillOnce, keptFolder } from './fill-once.ts'
import { installPacked } from './packed.ts'
import { root, run } from './run.ts'

/** An application in a throwaway folder of its own, where a test may change its files. */
export interface App extends AsyncDisposable {
  readonly folder: string
  /**
   * Runs a script of its package.json to the end, such as `build`. Returns what it said.
   *
   * @throws with what it said, if it fails
   */
  run(script: string, env?: Environment): Promise<string>
  /** Starts a script of its package.json that serves on the port `PORT` of the host `HOST`. */
  serve(script: string, env?: Environment): Promise<AppServer>
  /** Ends its servers and removes its folder. So does the end of this process, however it ends. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface AppServer {
  /** By the name `localhost`, from which browsers take `Secure` cookies without HTTPS. */
  readonly url: string
  /** What it has said so far. */
  readonly output: string
  stop(): Promise<void>
}

export type Environment = Readonly<Record<string, string>>

const examples = join(root, 'examples/frameworks')

/** The names of all applications. */
export function appNames(): string[] {
  return readdirSync(examples, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))
}

/** What may lie in the folder of an application if somebody installed or built it by hand. */
const made = /[/\\](?:node_modules|\.next|\.nuxt|\.output|dist)$/

/** Prepares the application of a name. Takes minutes the first time, for some. @throws with what npm said */
export function openExample(name: string): Promise<App> {
  return openApp(join(examples, name))
}

/** Prepares the application of a folder. @throws with what npm said */
export async function openApp(source: string): Promise<App> {
  const installed = await install(source)
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-app-'))
  cpSync(source, folder, { recursive: true, filter: (path) => !made.test(path) })
  linkTree(join(installed, 'node_modules'), join(folder, 'node_modules'))
  installPacked(folder)
  return new InstalledApp(folder)
}

/** Of all that decides what is installed. */
async function install(source: string): Promise<string> {
  const files = ['package.json', 'package-lock.json']
  const state = [process.platform, process.arch, process.versions.modules, ...files.map((file) => readFileSync(join(source, file), 'utf8'))]
  const home = keptFolder('installed', state)
  await fillOnce(home, async (folder) => {
    mkdirSync(folder)
    for (const file of files) cpSync(join(source, file), join(folder, file))
    const { ok, output } = await run(['npm', 'ci', '--prefix', folder, '--prefer-offline', '--no-audit', '--no-fund'])
    if (!ok) throw new Error(`${source} could not be installed: ${output}`)
  })
  return home
}

/** Copies a folder by hard links: thousands of files in a moment. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  if (!existsSync(from)) return
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkTree(source, target)
    else if (entry.isFile()) linkSync(source, target)
    else cpSync(source, target, { verbatimSymlinks: true })
  }
}

class InstalledApp implements App {
  readonly folder: string
  readonly #children = new Set<ChildProcess>()

  constructor(folder: string) {
    this.folder = folder
  }

  async run(script: string, env: Environment = {}): Promise<string> {
    const child = this.#npmRun(script, env)
    const said = saidBy(child)
    await done(child)
    return said()
  }

  async serve(script: string, env: Environment = {}): Promise<AppServer> {
    const port = Number(env['PORT'] ?? (await freePort()))
    const child = this.#npmRun(script, { PORT: String(port), HOST: '127.0.0.1', ...env })
    const said = saidBy(child)
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}: ${said()}`)
      await setTimeout(50)
    }
    return {
      url: `http://localhost:${port}`,
      get output() {
        return said()
      },
      async stop() {
        await endKept(child, 'SIGKILL')
        // Its children end a moment later.
        while (await accepts(port)) await setTimeout(50)
      },
    }
  }

  #npmRun(script: string, env: Environment): ChildProcess {
    const order = {
      program: 'npm',
      args: ['run', '--silent', script],
      folder: this.folder,
      owner: {},
      last: 'SIGKILL',
      group: true,
    } as const
    const child = keep(order, { ...environment(), ...env })
    this.#children.add(child)
    child.on('exit', () => this.#children.delete(child))
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#children, (child) => endKept(child, 'SIGKILL')))
    // What was just killed may still write for a moment.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** That of a person's terminal: a test runner's would make frameworks behave as under test. They are not to call home. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _mode, NODE_OPTIONS: _options, VITEST: _vitest, TEST: _test, DEV: _dev, PROD: _prod, ...env } = process.env
  const silent = ['NEXT', 'NUXT', 'ASTRO'].map((name) => [`${name}_TELEMETRY_DISABLED`, '1'])
  return { ...env, ...Object.fromEntries(silent), PATH: `${root}node_modules/.bin:${process.env.PATH ?? ''}` }
}

function saidBy(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
