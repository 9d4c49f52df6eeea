/** Sites that move from @fastify/session: its records are those of express-session, its cookie is almost. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSessions, memoryStore } from '../../../../src/index.ts'
import { adoptExpressSession } from '../../../../src/interop/express-session/index.ts'
import { SECRET } from '../../../_support/application.ts'
import { client } from '../../../_support/client.ts'
import { leftOut } from '../../../_support/left-out.ts'
import { install } from './installed.ts'
import type { AnyModule } from './stores.ts'

const installed = await install()
if (typeof installed === 'string' && process.env['CI'] === 'true') throw new Error(installed)
const left = leftOut(typeof installed === 'string' ? installed : undefined)
const OLD_SECRET = 'the secret of a site of fastify, 32 or more'

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined))
afterAll(() => void vi.restoreAllMocks())

describe.each([
  ['with its default cookie', {}, ''],
  ["with the cookie of express-session, cookiePrefix: 's:'", { cookiePrefix: 's:' }, 's:'],
] as const)('@fastify/session %s', (_how, options, cookiePrefix) => {
  test('nobody is signed out', left, async () => {
    const { use } = (installed as Exclude<typeof installed, string>).import
    const fastify = use('fastify')
    const plugin = use('@fastify/session')
    const store = new plugin.Store()
    const old = fastify()
    await old.register(use('@fastify/cookie'))
    await old.register(plugin, { secret: OLD_SECRET, cookie: { secure: false }, store, ...options })
    old.get('/login', (request: AnyModule) => {
      Object.assign(request.session, { userId: 7, cart: ['tea'] })
      return 'in'
    })
    const { cookies } = await old.inject('/login')
    const [{ name, value }] = cookies

    const adopt = adoptExpressSession({
      secrets: OLD_SECRET,
      store,
      name: 'sessionId',
      cookiePrefix,
      principal: ({ userId }) => (typeof userId === 'number' ? String(userId) : null),
    })
    const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), adopt: [adopt] })
    const browser = client(sessions)
    browser.jar.set(name, encodeURIComponent(value))
    const read = async (): Promise<unknown> => (await browser.run(async (opened) => [(await opened.load()).principal, opened.data])).result
    expect(await read()).toEqual(['7', { userId: 7, cart: ['tea'] }])
    expect(await read()).toEqual(['7', { userId: 7, cart: ['tea'] }])
    expect([...browser.jar.keys()]).toEqual(['__Host-session'])
    await old.close()
  })
})
