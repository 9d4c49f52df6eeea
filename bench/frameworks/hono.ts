import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import type { Sessions } from 'sojourn'
import { session as ours } from 'sojourn/hono'
import type { Contestant } from '../contestants.ts'
import { ANSWER, peerRequire, secret, visit, visitBag, visitMethods, type Bag, type Data } from '../visits.ts'

/** What @hono/session puts at `c.var.session`. */
interface Whole {
  get(): Promise<Data | null>
  update(data: Data): Promise<void>
}

export async function honoListener(session: Contestant['session'], make: () => Sessions<Data>): Promise<RequestListener> {
  const app = new Hono()
  if (session === 'sojourn') {
    const sessions = make()
    app.use(ours(sessions)).get('/*', async (c) => c.text(await visit(c.req.path, c.var.session)))
  } else if (session === 'hono-sessions') {
    const { MemoryStore, sessionMiddleware } = peerRequire('hono-sessions') as {
      MemoryStore: new () => object
      sessionMiddleware(options: object): MiddlewareHandler
    }
    const cookieOptions = { path: '/', httpOnly: true, sameSite: 'Lax' }
    app.use(sessionMiddleware({ store: new MemoryStore(), expireAfterSeconds: 1_800, cookieOptions }))
    app.get('/*', (c) => c.text(visitMethods(c.req.path, c.get('session' as never) as Bag)))
  } else if (session === '@hono/session') {
    const { useSession } = (await import(peerRequire.resolve('@hono/session'))) as {
      useSession(options: object): MiddlewareHandler
    }
    app.use(useSession({ secret }))
    app.get('/*', async (c) => {
      const whole = c.get('session' as never) as Whole
      if (c.req.path === '/untouched') return c.text(ANSWER)
      const bag = { ...(c.req.path === '/new' ? {} : await whole.get()) }
      const answer = visitBag(c.req.path, bag)
      if (c.req.path !== '/read') await whole.update(bag)
      return c.text(answer)
    })
  } else app.get('/*', (c) => c.text(ANSWER))
  const listener = getRequestListener(app.fetch)
  return (request, response) => void listener(request, response)
}
