/** Sites that move from @fastify/session: its records are those of express-session, its cookie is almost. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSessions, memoryStore } from '../../../../src/index.ts'
import { adoptExpressSession } from '../../../../src/interop/express-session/index.ts'
import { SECRET } from '../../../_support/application.ts'
import { client } from '../../../_support/client.ts'
import { fromFastifySession } from '../../../../examples/guide/moving/fastify-session.ts'
import { leftOut } from '../../../_support/left-out.ts'
import { install } from './installed.ts'
import type { AnyModule } from './stores.ts'

const installed = await install()
if (typeof installed === 'string' && process.env['CI'] === 'true') throw new Error(installed)
const left = leftOut(typeof installed === 'string' ? installed : undefined)
const OLD_SECRET = 'the secret of a site of fastify, 32 or more'

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined))
afterAll(() => void vi.restoreAllMocks())

async function signedIn(options: object): Promise<{ store: AnyModule; name: string; value: string }> {
  const { use } = (installed as Exclude<typeof installed, string>).import
  const plugin = use('@fastify/session')
  const store = new plugin.Store()
  const old = use('fastify')()
  await old.register(use('@fastify/cookie'))
  await old.register(plugin, { secret: OLD_SECRET, cookie: { secure: false }, store, ...options })
  old.get('/login', (request: AnyModule) => {
    Object.assign(request.session, { userId: 7, cart: ['tea'] })
    return 'in'
  })
  const { cookies } = await old.inject('/login')
  await old.close()
  return { store, ...cookies[0] }
}

const kept = ['7', { cart: ['tea'] }]

async function visits(sessions: Parameters<typeof client>[0], name: string, value: string): Promise<unknown> {
  const browser = client(sessions)
  browser.jar.set(name, encodeURIComponent(value))
  const read = async (): Promise<unknown> => (await browser.run(async (opened) => [(await opened.load()).principal, opened.data])).result
  return [await read(), await read(), [...browser.jar.keys()]]
}

test('nobody is signed out who comes with the default cookie, in the way that the guide shows', left, async () => {
  const { store, name, value } = await signedIn({})
  const sessions = fromFastifySession([SECRET], memoryStore(), { secret: OLD_SECRET, store })
  expect(await visits(sessions as never, name, value)).toEqual([kept, kept, ['__Host-session']])
})

test("nor who comes with that of express-session, cookiePrefix: 's:'", left, async () => {
  const { store, name, value } = await signedIn({ cookiePrefix: 's:' })
  const principal = ({ userId }: { readonly userId?: unknown }): string => String(userId)
  const adopt = [adoptExpressSession({ secrets: OLD_SECRET, store, name, principal, data: ({ cart }) => ({ cart }) })]
  const sessions = createSessions({ secrets: [SECRET], store: memoryStore(), adopt })
  expect(await visits(sessions as never, name, value)).toEqual([kept, kept, ['__Host-session']])
})

test('a cookie that was changed signs nobody in', left, async () => {
  const { store, name, value } = await signedIn({})
  const sessions = fromFastifySession([SECRET], memoryStore(), { secret: OLD_SECRET, store })
  expect(await visits(sessions as never, name, `${value.slice(0, -2)}xx`)).toEqual([[null, {}], [null, {}], [name]])
})
