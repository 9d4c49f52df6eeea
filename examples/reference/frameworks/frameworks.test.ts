import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { serve } from '../../guide/moving/visit.ts'

/** By a name that the compiler does not follow: here its global type would meet that of @types/express-session. */
const GLOBAL = `${import.meta.dirname}/../express-global/application.ts`

/** How to ask each application. */
const applications: Readonly<Record<string, () => Promise<(request: Request) => Response | Promise<Response>>>> = {
  express: async () => over((await import('./express.ts')).app),
  'express/global': async () => over(((await import(GLOBAL)) as { readonly app: RequestListener }).app),
  fastify: async () => {
    const { app } = await import('./fastify.ts')
    await app.ready()
    return over((request, response) => app.routing(request, response))
  },
  koa: async () => {
    const listener = (await import('./koa.ts')).app.callback()
    return over((request, response) => void listener(request, response))
  },
  node: async () => over((await import('./node.ts')).server.listeners('request')[0] as RequestListener),
  'node:http, around': async () => over((await import('./around.ts')).server.listeners('request')[0] as RequestListener),
  hono: async () => (await import('./hono.ts')).default.fetch,
  h3: async () => (await import('./h3.ts')).app.fetch,
  fetch: async () => (await import('./fetch.ts')).default.fetch,
  'sessions.handle': async () => (await import('./handle.ts')).default.fetch,
  'express-session': async () => {
    process.env['SESSION_SECRET'] = 'only for this test, and long enough'
    return over((await import('./express-session.ts')).app)
  },
}

async function over(listener: RequestListener): Promise<typeof fetch> {
  const origin = await serve(listener)
  return (request) => fetch(origin, request as Request)
}

test.each(Object.entries(applications))('%s counts the visits of one visitor', async (_name, open) => {
  const ask = await open()
  const first = await ask(new Request('http://localhost/'))
  expect(await first.text()).toBe('Visit number 1')
  const cookie = first.headers.getSetCookie()[0]!.split(';')[0]!
  expect(await (await ask(new Request('http://localhost/', { headers: { cookie } }))).text()).toBe('Visit number 2')
  expect(await (await ask(new Request('http://localhost/'))).text()).toBe('Visit number 1')
})
