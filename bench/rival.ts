/**
 * A running contestant, as the bench sees it.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameOf } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import type { Engines } from './places.ts'
import { Child } from './processes.ts'
import { scenarios, sessionCount } from './scenarios.ts'
import type { Plan, Scenario } from './scenarios.ts'
import type { Question, Usage } from './server.ts'
import type { Visits } from './objects.ts'
import type { Told } from './visits.ts'

export class Rival {
  readonly contestant: Contestant
  readonly name: string
  readonly port: number
  readonly #child: Child
  readonly #folder: string
  readonly #seeds = new Map<string, readonly string[]>()

  private constructor(contestant: Contestant, child: Child, folder: string, port: number) {
    this.contestant = contestant
    this.name = nameOf(contestant)
    this.port = port
    this.#child = child
    this.#folder = folder
  }

  static async start(contestant: Contestant, engines: Engines): Promise<Rival> {
    const folder = mkdtempSync(join(tmpdir(), 'sojourn-bench-'))
    const child = new Child('server.ts', { ...contestant, folder, engines })
    const { port } = await child.hear<{ port: number }>()
    return new Rival(contestant, child, folder, port)
  }

  pin(core: number): void {
    this.#child.pin(core)
  }

  /** The form of the requests of a scenario; their sessions are made the first time. */
  async visitsOf(scenario: Scenario): Promise<Visits> {
    const { path, seed }: Plan = scenarios[scenario]
    if (seed === undefined) return { path, cookies: [] }
    if (this.contestant.library === 'bare') return { path, cookies: [`session=${'x'.repeat(64)}`] }
    const cookies = this.#seeds.get(seed) ?? (await this.#seed(seed))
    this.#seeds.set(seed, cookies)
    return { path, cookies }
  }

  async prepare(scenario: Scenario): Promise<void> {
    await this.#ask({ kind: 'prepare', scenario, visits: await this.visitsOf(scenario) })
  }

  /** Makes this many visits within the process. Returns their CPU microseconds. */
  async visit(scenario: Scenario, times: number, lanes = 1): Promise<number> {
    return (await this.#ask({ kind: 'visit', scenario, times, lanes })).microseconds
  }

  usage(): Promise<Usage> {
    return this.#ask({ kind: 'usage' })
  }

  async told(cookie: string): Promise<Told> {
    return (await (await this.get('/told', cookie)).json()) as Told
  }

  /** Sends a request over HTTP. Returns the cookies of its response. */
  async follow(path: string, cookie = ''): Promise<string> {
    const response = await this.get(path, cookie)
    if (!response.ok) throw new Error(`${this.name}: ${path} was answered with ${response.status}.`)
    await response.text()
    const jar = new Map(pairsOf(cookie.split('; ').filter(Boolean)))
    for (const [name, value] of pairsOf(response.headers.getSetCookie().map((line) => line.split(';')[0]!))) jar.set(name, value)
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  get(path: string, cookie: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers: cookie === '' ? {} : { cookie } })
  }

  async end(): Promise<void> {
    await this.#child.end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #seed(seed: string): Promise<string[]> {
    const cookies: string[] = []
    while (cookies.length < sessionCount) cookies.push(await this.follow(seed))
    return cookies
  }

  #ask(question: Question): Promise<Usage> {
    return this.#child.ask<Usage>(question)
  }
}

function pairsOf(texts: readonly string[]): [name: string, value: string][] {
  return texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)])
}
