/** The package as it is published, on every runtime it claims to run on. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { findRuntime } from '../../scripts/runtimes.ts'
import { leftOut } from '../_support/left-out.ts'
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
  { name: 'Node 24', program: findRuntime('node24'), args: ['node.js'], sqlite: true },
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
const running = new Set<Server>()
beforeAll(() => {
  project = newProject()
})
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()))
  project.remove()
})

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
  const server: Server = {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      running.delete(server)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
  running.add(server)
  return server
}

/** A client with its cookies, in the application of one framework. */
class Client {
  readonly cookies = new Map<string, string>()
  readonly #server: Server
  readonly #framework: string

  constructor(server: Server, framework: string, cookies: ReadonlyMap<string, string> = new Map()) {
    this.#server = server
    this.#framework = framework
    this.cookies = new Map(cookies)
  }

  send(path: string, init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Response> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    return fetch(`${this.#server.url}/${this.#framework}/${path}`, { ...init, headers: { cookie, ...init.headers } })
  }

  async get(path: string): Promise<Reply> {
    const response = await this.send(path)
    const body = await response.text()
    expect(response.status, body).toBe(200)
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) this.cookies.set(name!, value)
      else this.cookies.delete(name!)
    }
    return { json: body === 'untouched' ? { principal: null } : (JSON.parse(body) as Reply['json']), setCookies }
  }
}

describe.each(runtimes.filter(({ program }) => program))('$name', (runtime) => {
  let server: Server
  beforeAll(async () => {
    server = await serve(runtime)
  })

  test.each(['fetch', 'hono', 'h3'])('%s: a session begins, counts exactly, signs in and out, and stays dead', async (framework) => {
    const copyOf = (cookies: ReadonlyMap<string, string>): Client => new Client(server, framework, cookies)
    const browser = new Client(server, framework)
    expect((await browser.get('untouched')).setCookies).toEqual([])
    expect((await browser.get('show')).setCookies).toEqual([])

    expect((await browser.get('visit')).json).toEqual({ principal: null, visits: 1, last: true, pages: ['visit'] })
    const anonymous = new Map(browser.cookies)
    await Promise.all(Array.from({ length: 20 }, () => copyOf(anonymous).get('visit')))
    expect((await browser.get('show')).json.visits).toBe(21)

    await browser.get('login')
    expect((await browser.get('show')).json).toMatchObject({ principal: 'alice', visits: 21 })
    expect((await copyOf(anonymous).get('show')).json, 'the token of before the login').toEqual({ principal: null, last: false })

    const thief = copyOf(browser.cookies)
    expect((await thief.get('show')).json.principal).toBe('alice')
    await browser.get('logout')
    expect(browser.cookies.size).toBe(0)
    expect((await thief.get('show')).json).toEqual({ principal: null, last: false })
  })

  test.each(['fetch', 'hono', 'h3'])('%s: a form of another site is refused', async (framework) => {
    const browser = new Client(server, framework)
    await browser.get('login')
    const statusOf = async (site: string): Promise<number> => {
      const response = await browser.send('visit', { method: 'POST', headers: { 'sec-fetch-site': site } })
      await response.text()
      return response.status
    }
    expect([await statusOf('cross-site'), await statusOf('same-origin')]).toEqual([403, 200])
    expect((await browser.get('show')).json.visits).toBe(1)
  })

  test('a token travels in a header', async () => {
    const client = new Client(server, 'api')
    const token = (await client.send('login')).headers.get('session-token')
    const headers = { authorization: `Bearer ${token}` }
    expect(await (await client.send('show', { headers })).json()).toMatchObject({ principal: 'alice' })
    expect((await client.send('logout', { headers })).headers.get('session-token')).toBe('')
    expect(await (await client.send('show', { headers })).json()).toMatchObject({ principal: null })
  })

  test('tracing channels publish in order, and hold what is bound to them', async () => {
    const heard = (await (await fetch(`${server.url}/tracing/`)).json()) as string[]
    expect(heard).toEqual([
      'start undefined bound',
      'end created bound',
      'start undefined bound',
      'end undefined bound',
      'asyncStart created bound',
      'asyncEnd created bound',
    ])
  })

  test('SQLite keeps it over a restart', leftOut(runtime.sqlite ? undefined : `${runtime.name} has no SQLite`), async () => {
    const file = join(project.folder, `${runtime.name}.db`)
    const first = await serve(runtime, file)
    const browser = new Client(first, 'hono')
    await browser.get('visit')
    await browser.get('login')
    await first.stop()
    const second = await serve(runtime, file)
    expect((await new Client(second, 'fetch', browser.cookies).get('visit')).json).toMatchObject({ principal: 'alice', visits: 2 })
  })
})

const workerd = runtimes.find(({ name }) => name === 'workerd')!

/** A store of this process that others ask by HTTP. Its replies take as long as those of a near database. */
async function startStore(): Promise<{ url: string; counts: Map<string, number>; stop(): void }> {
  const store = memoryStore()
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    void (async () => {
      const { operation, subject, more, now } = JSON.parse(await text(request)) as Asked
      counts.set(operation, (counts.get(operation) ?? 0) + 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
      const call = { now, signal: AbortSignal.timeout(60_000) }
      const answer: unknown = await (operation === 'touch'
        ? store.touch(subject as string, more, call)
        : store[operation](subject as never, call))
      response.end(JSON.stringify({ answer }))
    })()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, counts, stop: () => void server.close() }
}

interface Asked {
  readonly operation: 'load' | 'create' | 'update' | 'touch' | 'delete'
  readonly subject: unknown
  readonly more: number
  readonly now: number
}

describe('workerd, which cancels with the response what still runs', leftOut(workerd.program ? undefined : 'there is no workerd'), () => {
  test.each(['wait', 'alone'])('a reader who comes every ten minutes stays signed in (%s; counterexample `frozen-touch`)', async (way) => {
    const [server, store] = [await serve(workerd), await startStore()]
    let cookie = ''
    const visit = async (path: string, minute: number): Promise<unknown> => {
      const headers = { cookie, 'x-store': store.url, 'x-now': String(1_800_000_000_000 + minute * 60_000) }
      const response = await fetch(`${server.url}/far/${way}/${path}`, { headers })
      const body = await response.text()
      expect(response.status, body).toBe(200)
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return (JSON.parse(body) as { principal: unknown }).principal
    }
    expect(await visit('login', 0)).toBe('alice')
    for (let minute = 10; minute <= 90; minute += 10) {
      expect(await visit('read', minute), `minute ${minute}`).toBe('alice')
      await expect.poll(() => store.counts.get('touch')).toBe(minute / 10)
    }
    expect(await visit('read', 90 + 31), 'the idle timeout is 30 minutes').toBe(null)
    await server.stop()
    store.stop()
  })
})
