/**
 * The code of the guides, as it stands, in a process of its own, while the server behind it goes away and comes back.
 */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../../test/_support/processes.ts'
import { sharedStores } from '../../../test/_support/stores.ts'
import type { Engine, Location } from '../../../test/_support/stores.ts'
import type { Setup } from './visits.ts'

const guides: Readonly<Record<string, Setup['guide']>> = {
  PostgreSQL: 'postgres',
  MariaDB: 'mysql',
  Redis: 'redis',
  'Redis Cluster': 'redis-cluster',
}

describe.each(sharedStores.filter(({ name }) => guides[name]))('$name', ({ name, missing, start }) => {
  test.skipIf(missing)('a session and its process outlive the server', async () => {
    const engine = await start()
    onTestFinished(async () => void (await engine.stop()))
    const setup: Setup = { guide: guides[name]!, urls: urlsOf(engine.location) }
    const { port, close } = await startServer(new URL('visits.ts', import.meta.url), setup)
    onTestFinished(close)

    const first = await visit(port)
    expect(await first.text()).toBe('Visit number 1')
    const [cookie = ''] = first.headers.get('Set-Cookie')!.split(';')

    await takeAway(engine, cookie)
    const second = await visitWhenUp(port, cookie)
    expect(await second.text()).toBe('Visit number 2')
    expect(second.headers.get('Set-Cookie')).toBeNull()
  })
})

function visit(port: number, cookie = ''): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/`, { headers: { Cookie: cookie } })
}

/**
 * While its client connects again the application answers with an error. A process that has ended answers nothing,
 * which `fetch` throws.
 */
async function visitWhenUp(port: number, cookie: string): Promise<Response> {
  for (;;) {
    const response = await visit(port, cookie)
    if (response.ok) return response
    expect(response.status).toBe(500)
    await setTimeout(50)
  }
}

/** The bytes of a token: kind, kid, then the id. */
function sessionIdOf(cookie: string): string {
  const token = cookie.slice(cookie.indexOf('=') + 1)
  return Buffer.from(token, 'base64url').toString('base64url', 2, 18)
}

async function takeAway(engine: Engine, cookie: string): Promise<void> {
  if (engine.restart) await engine.restart()
  else await engine.failOver!(sessionIdOf(cookie))
}

function urlsOf(location: Location): readonly string[] {
  if ('url' in location) return [location.url]
  return 'ports' in location ? location.ports.map((port) => `redis://127.0.0.1:${port}`) : []
}
