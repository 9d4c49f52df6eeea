import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { memoryStore } from 'sojourn'
import { readSession, writeSession } from 'sojourn/interop/flask'
import { afterEach, describe, expect, test } from 'vitest'
import { findEngine } from '../../../scripts/engines.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import { adopting, renamed, sharing, sharingRedis, shop } from './flask.ts'
import { browser, serve } from './visit.ts'

const SECRETS = ['a secret of this guide, long enough for it']
const SECRET_KEY = 'of the old site'
const python = findEngine('python-flask')
const redis = findEngine('redis')
if (!python && process.env['CI'] === 'true') throw new Error('The move from Flask is tested with a real one. Install python-flask.')
if (!python) console.warn('NOT TESTED: the move from Flask. There is no python-flask; install it.')
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function before(): Promise<string> {
  const program = fileURLToPath(new URL('flask_shop.py', import.meta.url))
  const child = spawn(python!, [program], { env: { SECRET_KEY }, stdio: ['ignore', 'pipe', 'ignore'] })
  closers.push(() => child.kill())
  const [origin] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return origin
}

describe.skipIf(!python)('moving from Flask', () => {
  test('page by page: both applications serve one session', async () => {
    const [old, moved] = [await before(), await serve(shop(sharing(SECRET_KEY)))]
    const visitor = browser()
    await visitor.ask('POST', `${old}/cart/tea`)
    await visitor.ask('POST', `${moved}/login/lena`)
    expect(await visitor.ask('GET', `${old}/cart`)).toEqual({ user: 'lena', cart: ['tea'] })
    await visitor.ask('POST', `${moved}/cart/milk`)
    expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: 'lena', cart: ['tea', 'milk'], said: ['tea added', 'milk added'] })
    await visitor.ask('POST', `${old}/logout`)
    expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: null, cart: [], said: [] })
  })

  test('on the day of the move everybody keeps their cart and stays signed in', async () => {
    const [old, moved] = [await before(), await serve(shop(adopting(SECRETS, memoryStore(), SECRET_KEY)))]
    const visitor = browser()
    await visitor.ask('POST', `${old}/cart/tea`)
    await visitor.ask('POST', `${old}/login/lena`)
    expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: 'lena', cart: ['tea'], said: [] })
    await visitor.ask('POST', `${moved}/cart/milk`)
    expect([...visitor.jar.keys()]).toEqual(['__Host-session'])
    await visitor.ask('POST', `${moved}/logout`)
    expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: null, cart: [], said: [] })
  })
})

test.skipIf(!redis)('on the Redis of Flask-Session', async () => {
  const engine = await startRedis(redis!)
  const client = createClient({ url: `redis://127.0.0.1:${engine.ports[0]}` })
  await client.connect()
  closers.push(() => client.close(), engine.stop)
  const moved = await serve(shop(sharingRedis(client)))
  const visitor = browser()
  await visitor.ask('POST', `${moved}/cart/tea`)
  await visitor.ask('POST', `${moved}/login/lena`)
  expect(await visitor.ask('GET', `${moved}/cart`)).toEqual({ user: 'lena', cart: ['tea'], said: ['tea added'] })
  expect(await client.keys('session:*')).toHaveLength(1)
})

test('a cookie by hand', () => {
  const cookie = renamed(writeSession({ cart: ['tea'] }, { secrets: SECRET_KEY }), SECRET_KEY)!
  expect(readSession(cookie, { secrets: SECRET_KEY, now: Date.now() + 1_000 })).toEqual({ cart: ['tea'], basket: ['tea'] })
  expect(renamed('tampered', SECRET_KEY)).toBeUndefined()
})
