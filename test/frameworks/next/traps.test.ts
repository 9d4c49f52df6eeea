/** What is easily done wrong in Next, one by one: the pages of `traps/` are built into the example. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openExample } from '../../../scripts/framework-apps.ts'
import type { App, AppServer } from '../../../scripts/framework-apps.ts'
import { Visitor, textOf } from './visitor.ts'

const SIGNED_IN = '__Host-session'
const ANONYMOUS = '__Host-session-anon'
const HOUR = 3_600_000

let app: App
let server: AppServer
let visitor: Visitor
beforeAll(async () => {
  app = await openExample('next')
  cpSync(join(import.meta.dirname, 'traps'), app.folder, { recursive: true })
  await app.run('build')
  server = await app.serve('start', { SESSION_SECRET: 'the secret of this test, 32 or more' })
})
afterAll(() => app?.[Symbol.asyncDispose]())
beforeEach(async () => {
  visitor = new Visitor(server.url)
  await world()
})

/** What the store was asked since the last time. */
async function world(move = ''): Promise<string[]> {
  const response = await fetch(`${server.url}/traps/world?${move}`)
  return ((await response.json()) as { calls: string[] }).calls
}

async function countOf(someone: Visitor): Promise<number> {
  return Number(await someone.read('/api/traps/count'))
}

describe('a page', () => {
  test('costs one store call, whatever its components ask, and none if the visitor has no session', async () => {
    expect(textOf(await visitor.read('/traps'), 'one')).toBe('somebody 0')
    expect(await world()).toEqual([])
    await visitor.act('count')
    await world()
    const page = await visitor.read('/traps')
    expect([textOf(page, 'one'), textOf(page, 'two'), await world()]).toEqual(['somebody 1', 'somebody 1', ['load']])
  })

  test('can change nothing: it throws before anything is stored, also for a new visitor', async () => {
    const refused = Array.from({ length: 5 }, () => 'ERR_SESSION_READ_ONLY').join(' ')
    const page = await visitor.read('/traps/writes')
    expect(textOf(page, 'codes')).toBe(`${refused} undefined`)
    expect([visitor.sent, (await world()).filter((call) => call !== 'epoch')]).toEqual([[], []])

    await visitor.act('signIn')
    await world()
    expect(textOf(await visitor.read('/traps/writes'), 'codes')).toBe(`${refused} ada`)
    expect((await world()).filter((call) => call !== 'epoch')).toEqual(['load'])
    expect(textOf(await visitor.read('/traps'), 'one')).toBe('ada 0')
  })

  test('that finds its user gone shows nobody, without an error', async () => {
    await visitor.act('signInAsNobody')
    expect(textOf(await visitor.read('/traps/writes'), 'codes')).toMatch(/ undefined$/)
  })

  test('cannot change the session by calling an action while it renders', async () => {
    expect(textOf(await visitor.read('/traps/acts'), 'code')).toBe('ERR_SESSION_READ_ONLY')
    expect([visitor.sent, await world()]).toEqual([[], []])
  })

  test('may read in a part that comes late, and change nothing there', async () => {
    await visitor.act('count')
    const { body } = await visitor.send('/traps/streams')
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    while (!seen.includes('waiting')) seen += (await reader.read()).value ?? ''
    expect(textOf(seen, 'late')).toBeUndefined()
    await world('open')
    for (let part = await reader.read(); !part.done; part = await reader.read()) seen += part.value
    expect([textOf(seen, 'code'), textOf(seen, 'late')]).toEqual(['ERR_SESSION_READ_ONLY', 'somebody 1'])
  })

  test('believes neither of two cookies of one name, of which somebody planted one', async () => {
    const other = new Visitor(server.url)
    await visitor.act('signIn')
    await other.act('signIn')
    const cookie = [visitor, other].map(({ cookies }) => `${SIGNED_IN}=${cookies.get(SIGNED_IN)}`).join('; ')
    expect(textOf(await visitor.read('/traps', { headers: { cookie } }), 'one')).toBe('somebody 0')
  })
})

describe('an action', () => {
  test('is seen by the page that is rendered in the same request', async () => {
    const signedIn = await visitor.act('signIn')
    expect(textOf(await signedIn.text(), 'one')).toBe('ada 0')
    expect(textOf(await (await visitor.act('count')).text(), 'one')).toBe('ada 1')
  })

  test('sets the cookies as the session would', async () => {
    await visitor.act('count')
    await visitor.act('signIn')
    const attributes = 'Path=/; (?:Expires=[^;]+; )?Max-Age=5184000; Secure; HttpOnly; SameSite=lax'
    expect(visitor.sent.toSorted()).toEqual([
      expect.stringMatching(
        new RegExp(`^${ANONYMOUS}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; SameSite=lax$`),
      ),
      expect.stringMatching(new RegExp(`^${SIGNED_IN}=[\\w-]{64}; ${attributes}$`)),
    ])
    expect(await countOf(visitor), 'what was set before the login stays').toBe(1)
  })

  test('saves if it leaves by redirect() or notFound(), and not if it fails', async () => {
    const redirected = await visitor.act('countAndRedirect')
    expect([redirected.status, redirected.headers.get('location')]).toEqual([303, '/traps?redirected'])
    expect(await countOf(visitor)).toBe(1)
    expect((await visitor.act('countAndNotFound')).status).toBe(404)
    expect(await countOf(visitor)).toBe(2)
    expect((await visitor.act('countAndFail')).status).toBe(500)
    expect([visitor.sent, await countOf(visitor)]).toEqual([[], 2])
  })

  test('has one session, for its helpers and other actions that it calls', async () => {
    await visitor.act('countByHelper')
    expect(await world()).toEqual(['create', 'load'])
    expect(await countOf(visitor)).toBe(2)
  })

  test('that is not wrapped can change nothing, since nobody would save it', async () => {
    expect((await visitor.act('countUnwrapped')).status).toBe(500)
    expect([visitor.sent, await world()]).toEqual([[], []])
    expect(server.output).toContain('Change it in a server action')
  })

  test('whose session cannot be saved is an error, and sets no cookie', async () => {
    const page = visitor.copy()
    await page.read('/traps')
    await world('down')
    const failed = await visitor.act('countAndRedirect')
    await world()
    expect([failed.status, failed.headers.get('location'), visitor.sent]).toEqual([500, null, []])
  })

  test('says what it could not send, and what is saved is saved', async () => {
    await visitor.act('signIn')
    const old = visitor.copy()
    expect((await visitor.act('signOutClearing')).status).toBe(500)
    expect(server.output).toContain('Clear-Site-Data could not be sent')
    expect(textOf(await old.read('/traps'), 'one')).toBe('somebody 0')
  })
})

describe('a route handler', () => {
  test('has the sessions of the pages, which were made once', async () => {
    await visitor.act('count')
    expect(await visitor.read('/api/traps/count', { method: 'POST' })).toBe('2')
    expect(textOf(await visitor.read('/traps'), 'one')).toBe('somebody 2')
    const { made } = (await (await fetch(`${server.url}/traps/world`)).json()) as { made: number }
    expect(made).toBe(1)
  })

  test('loses none of many changes at once', async () => {
    await visitor.act('count')
    await Promise.all(Array.from({ length: 20 }, () => visitor.copy().read('/api/traps/count', { method: 'POST' })))
    expect(await countOf(visitor)).toBe(21)
  })

  test('sends our cookie beside its own', async () => {
    await visitor.read('/api/traps/count', { method: 'POST' })
    expect(visitor.sent.toSorted()).toEqual([
      expect.stringMatching(new RegExp(`^${ANONYMOUS}=[\\w-]{64}; .*HttpOnly`)),
      'other=own; Path=/',
    ])
  })

  test('saves if it leaves by redirect() or notFound(), and not if it fails', async () => {
    const leave = (how: string): Promise<Response> => visitor.send(`/api/traps/count?leave=${how}`, { method: 'POST' })
    expect((await leave('redirect')).status).toBe(307)
    expect(visitor.sent.join(), 'a new session').toContain(ANONYMOUS)
    expect((await leave('notFound')).status).toBe(404)
    expect((await leave('fail')).status).toBe(500)
    expect(await countOf(visitor)).toBe(2)
    await leave('helper')
    expect(await countOf(visitor)).toBe(4)
  })

  test('is guarded by guards that other copies of the package made', async () => {
    const post = (headers: Record<string, string>): Promise<Response> => visitor.send('/api/traps/member', { method: 'POST', headers })
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(401)
    await visitor.act('signIn')
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const allowed = await post({ 'sec-fetch-site': 'same-origin' })
    expect([allowed.status, await allowed.text()]).toEqual([200, 'ada'])
  })

  test("has Next's own types of the request and its context", async () => {
    const body = await visitor.read('/api/traps/typed/tea', { method: 'PUT' })
    expect(JSON.parse(body)).toEqual({ path: '/api/traps/typed/tea', cart: ['tea'] })
  })

  test('whose session cannot be saved is an error', async () => {
    await world('down')
    const failed = await visitor.send('/api/traps/count', { method: 'POST' })
    await world()
    expect([failed.status, visitor.sent.filter((line) => line.startsWith(ANONYMOUS))]).toEqual([500, []])
  })
})

describe('the proxy', () => {
  const path = '/traps/proxied'

  test('reads the session, and may redirect or respond', async () => {
    expect((await visitor.send(`${path}?proxy=redirect`)).headers.get('location')).toMatch(/\/sign-in$/)
    await visitor.act('signIn')
    expect((await visitor.send(`${path}?proxy=redirect`)).headers.get('location')).toMatch(/\/traps$/)
    const response = await visitor.send(`${path}?proxy=respond`)
    expect([await response.json(), response.headers.get('cache-control')]).toEqual(['ada', 'private'])
    expect(response.headers.get('vary')).toContain('Cookie')
    const page = await visitor.send(path)
    expect(page.headers.get('cache-control'), 'as Next sends its pages').toBe('private, no-cache, no-store, max-age=0, must-revalidate')
    expect(textOf(await page.text(), 'state')).toBe('ada 0')
  })

  test('changes nothing', async () => {
    expect((await visitor.send(`${path}?proxy=write`)).status).toBe(500)
    expect([visitor.sent, await world()]).toEqual([[], []])
    expect(server.output).toContain('proxy.ts can only read the session')
  })
})

describe('a token that is due', () => {
  beforeEach(async () => {
    await visitor.act('signIn')
    await world(`pass=${2 * HOUR}`)
  })

  test('is not replaced by a page, which could not hand out the new one', async () => {
    const token = visitor.cookies.get(SIGNED_IN)
    for (let i = 0; i < 5; i++) {
      expect(textOf(await visitor.read('/traps'), 'one')).toBe('ada 0')
      await world(`pass=${2 * HOUR}`)
    }
    expect([visitor.cookies.get(SIGNED_IN), (await world()).filter((call) => call === 'update')]).toEqual([token, []])
  })

  test('is replaced by an action', async () => {
    const old = visitor.copy()
    await visitor.act('count')
    expect(visitor.cookies.get(SIGNED_IN)).not.toBe(old.cookies.get(SIGNED_IN))
    expect(textOf(await visitor.read('/traps'), 'one')).toBe('ada 1')
    expect(await countOf(visitor), 'which makes the new one current').toBe(1)
    await world(`pass=${HOUR}`)
    expect(textOf(await old.read('/traps'), 'one'), 'the alarm').toBe('somebody 0')
    expect(textOf(await visitor.read('/traps'), 'one')).toBe('somebody 0')
  })

  test('is replaced by the proxy in front of a page, and the page is shown', async () => {
    const old = visitor.copy()
    expect(textOf(await visitor.read('/traps/proxied'), 'state')).toBe('ada 0')
    expect(visitor.cookies.get(SIGNED_IN)).not.toBe(old.cookies.get(SIGNED_IN))
    const page = await old.send('/traps/proxied')
    expect(textOf(await page.text(), 'state'), 'the response may have been lost').toBe('ada 0')
    await visitor.read('/traps/proxied')
    await world(`pass=${HOUR / 2}`)
    expect(textOf(await old.read('/traps/proxied'), 'state'), 'the alarm').toBe('somebody 0')
  })
})

test('the Edge runtime is refused by the build, with a sentence', async () => {
  await using edge = await openExample('next')
  mkdirSync(join(edge.folder, 'app/edge'))
  const page = `import { session } from '../../lib/session'
export const runtime = 'edge'
export default async function Page() {
  const { principal } = await (await session()).load()
  return <p>{principal}</p>
}`
  writeFileSync(join(edge.folder, 'app/edge/page.tsx'), page)
  await expect(edge.run('build')).rejects.toThrow('Sessions need modules of Node')
})
