/** The package as it is published, on every runtime it claims to run on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findRuntime } from '../../scripts/runtimes.ts'
import { newProject } from './package-of.ts'
import type { Project } from './package-of.ts'

interface Runtime {
  readonly name: string
  /** `undefined` if it is not installed. */
  readonly program: string | undefined
  readonly args: readonly string[]
  readonly sqlite: boolean
}

const runtimes: readonly Runtime[] = [
  { name: 'Node 22', program: findRuntime('node22'), args: ['node.js'], sqlite: true },
  { name: 'Node 24', program: process.execPath, args: ['node.js'], sqlite: true },
  { name: 'Node 26', program: findRuntime('node26'), args: ['node.js'], sqlite: true },
  { name: 'Bun', program: findRuntime('bun'), args: ['bun.js'], sqlite: true },
  { name: 'Deno', program: findRuntime('deno'), args: ['run', '--allow-all', 'deno.js'], sqlite: true },
  { name: 'workerd', program: findRuntime('workerd'), args: ['serve', 'worker.capnp', '--control-fd=1'], sqlite: false },
]
const missing = runtimes.filter(({ program }) => !program).map(({ name }) => name)
if (missing.length > 0) {
  if (process.env['CI'] === 'true') throw new Error(`The package is tested on ${missing.join(', ')}, and these are not installed.`)
  console.warn(`NOT TESTED: the package on ${missing.join(', ')}. Run npm test, which installs them where it can.`)
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

interface Reply {
  readonly json: { readonly principal: string | null; readonly visits?: number; readonly last?: boolean; readonly pages?: string[] }
  readonly setCookies: readonly string[]
}

let project: Project
let running: Server | undefined
beforeAll(() => {
  project = newProject()
})
afterEach(async () => {
  await running?.stop()
  running = undefined
})
afterAll(() => project.remove())

async function serve({ program, args }: Runtime, store = ''): Promise<Server> {
  const env = { ...process.env, STORE: store }
  const child = spawn(program!, args, { cwd: project.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let output = ''
  const port = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk
      const found = /port"?:? (\d+)|"port":(\d+)/.exec(output)
      if (found) resolve(found[1] ?? found[2]!)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    void ended.then(() => reject(new Error(`It ended before it served: ${output}`)))
  })
  running = {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
  return running
}

/** A client with its cookies. */
class Client {
  readonly cookies = new Map<string, string>()
  readonly #server: Server

  constructor(server: Server, cookies: ReadonlyMap<string, string> = new Map()) {
    this.#server = server
    this.cookies = new Map(cookies)
  }

  async get(path: string): Promise<Reply> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(this.#server.url + path, { headers: { cookie } })
    const text = await response.text()
    expect(response.status, text).toBe(200)
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) this.cookies.set(name!, value)
      else this.cookies.delete(name!)
    }
    return { json: text === 'untouched' ? { principal: null } : (JSON.parse(text) as Reply['json']), setCookies }
  }
}

describe.each(runtimes.filter(({ program }) => program))('$name', (runtime) => {
  test('a session begins, counts exactly, signs in and out, and stays dead', async () => {
    const server = await serve(runtime)
    const browser = new Client(server)
    expect((await browser.get('/untouched')).setCookies).toEqual([])
    expect((await browser.get('/')).setCookies).toEqual([])

    expect((await browser.get('/visit')).json).toEqual({ principal: null, visits: 1, last: true, pages: ['/visit'] })
    const anonymous = new Map(browser.cookies)
    await Promise.all(Array.from({ length: 20 }, () => new Client(server, anonymous).get('/visit')))
    expect((await browser.get('/')).json.visits).toBe(21)

    await browser.get('/login')
    expect((await browser.get('/')).json).toMatchObject({ principal: 'alice', visits: 21 })
    expect((await new Client(server, anonymous).get('/')).json, 'the token of before the login').toEqual({ principal: null, last: false })

    const thief = new Client(server, browser.cookies)
    expect((await thief.get('/')).json.principal).toBe('alice')
    await browser.get('/logout')
    expect(browser.cookies.size).toBe(0)
    expect((await thief.get('/')).json).toEqual({ principal: null, last: false })
  })

  test.skipIf(!runtime.sqlite)('SQLite keeps it over a restart', async () => {
    const file = join(project.folder, `${runtime.name}.db`)
    const first = await serve(runtime, file)
    const browser = new Client(first)
    await browser.get('/visit')
    await browser.get('/login')
    await first.stop()
    const again = new Client(await serve(runtime, file), browser.cookies)
    expect((await again.get('/visit')).json).toMatchObject({ principal: 'alice', visits: 2 })
  })
})
