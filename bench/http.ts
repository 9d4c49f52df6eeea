import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contestants, nameOf, scenarios, sessionCount } from './contestants.ts'
import type { Contestant, Scenario } from './contestants.ts'
import type { Load } from './load.ts'
import { Child } from './processes.ts'

/** CPU microseconds of the server, and responses a second. */
export interface Reading {
  readonly cpu: number
  readonly rate: number
}

export type Readings = Readonly<Record<Scenario, Reading>>

/** How many of 50 parallel changes were there afterwards. */
export interface Survivors {
  readonly keys: number
  readonly increments: number
}

interface Effort {
  readonly rounds: number
  readonly milliseconds: number
}

/** All contestants in turn, and that several times, so that what disturbs the machine disturbs all. */
export async function measureHttp({ rounds, milliseconds }: Effort): Promise<Map<string, Readings[]>> {
  const results = new Map<string, Readings[]>(contestants.map((one) => [nameOf(one), []]))
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      console.error(`round ${round + 1} of ${rounds}: ${nameOf(contestant)}`)
      results.get(nameOf(contestant))!.push(await withServer(contestant, (server) => measureOne(server, contestant, milliseconds)))
    }
  }
  return results
}

/** Fifty requests at once to one session, each another key; and fifty increments. */
export async function countSurvivors(): Promise<Map<string, Survivors>> {
  const results = new Map<string, Survivors>()
  // Of a session in the cookie the client keeps the last answer, whatever the server does.
  for (const contestant of contestants.filter((one) => one.session !== 'bare' && one.store !== 'cookie')) {
    results.set(
      nameOf(contestant),
      await withServer(contestant, async ({ port }) => {
        const cookie = await seed(port)
        const all = (path: (i: number) => string): Promise<unknown> =>
          Promise.all(Array.from({ length: 50 }, (_, i) => get(port, path(i), cookie)))
        await all((i) => `/key/k${i}`)
        await all(() => '/increment')
        const { keys, count } = (await (await get(port, '/keys', cookie)).json()) as { keys: number; count: number }
        return { keys, increments: count }
      }),
    )
  }
  return results
}

interface Server {
  readonly child: Child
  readonly port: number
}

async function withServer<T>(contestant: Contestant, use: (server: Server) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
  const child = new Child('server.ts', [contestant.framework, contestant.session, contestant.store, folder], 0)
  try {
    const { port } = await child.hear<{ port: number }>()
    return await use({ child, port })
  } finally {
    await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureOne({ child, port }: Server, contestant: Contestant, milliseconds: number): Promise<Readings> {
  const generator = new Child('load.ts', [], 1)
  const cookies = contestant.session === 'bare' ? [`session=${'x'.repeat(64)}`] : await seedAll(port)
  const readings: Partial<Record<Scenario, Reading>> = {}
  for (const [name, { path, cookie }] of Object.entries(scenarios) as [Scenario, (typeof scenarios)[Scenario]][]) {
    const load: Load = { port, path, cookies: cookie ? cookies : [], connections: 32, milliseconds }
    await generator.ask({ ...load, milliseconds: milliseconds / 4 })
    const before = await child.ask<{ microseconds: number }>({})
    const { responses } = await generator.ask<{ responses: number }>(load)
    const after = await child.ask<{ microseconds: number }>({})
    readings[name] = { cpu: (after.microseconds - before.microseconds) / responses, rate: (responses / milliseconds) * 1_000 }
  }
  await generator.end()
  return readings as Readings
}

async function seedAll(port: number): Promise<string[]> {
  const cookies: string[] = []
  while (cookies.length < sessionCount) cookies.push(await seed(port))
  return cookies
}

async function seed(port: number): Promise<string> {
  const response = await get(port, '/seed', '')
  const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0]!)
  return pairs.join('; ')
}

function get(port: number, path: string, cookie: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: cookie === '' ? {} : { cookie } })
}
