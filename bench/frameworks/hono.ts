import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import { session as ours } from 'sojourn/hono'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { importPeer } from '../peers/load.ts'
import { IDLE, ourSessions, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitMethods, visitNothing } from '../visits.ts'
import type { Methods } from '../visits.ts'

/** What @hono/session puts at `c.var.session`. */
interface Whole {
  get(): Promise<Data | null>
  update(data: Data): Promise<void>
}

interface HonoSessions {
  MemoryStore: new () => object
  sessionMiddleware(options: object): MiddlewareHandler
}

export async function honoListener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  const app = new Hono()
  if (library === 'sojourn') {
    app.use(ours(await ourSessions(setting))).get('/*', async (c) => c.text(await visitHandle(c.req.path, c.var.session)))
  } else if (library === 'hono-sessions') {
    const { MemoryStore, sessionMiddleware } = await importPeer<HonoSessions>('hono-sessions')
    const cookieOptions = { path: '/', httpOnly: true, sameSite: 'Lax' }
    app.use(sessionMiddleware({ store: new MemoryStore(), expireAfterSeconds: IDLE / 1_000, cookieOptions }))
    app.get('/*', async (c) => c.text(await visitMethods(c.req.path, c.get('session' as never) as Methods)))
  } else if (library === '@hono/session') {
    const { useSession } = await importPeer<{ useSession(options: object): MiddlewareHandler }>('@hono/session')
    app.use(useSession({ secret }))
    app.get('/*', async (c) => c.text(await visitWhole(c.req.path, c.get('session' as never) as Whole)))
  } else app.get('/*', async (c) => c.text(await visitNothing(c.req.path)))
  const listener = getRequestListener(app.fetch)
  return (request, response) => void listener(request, response)
}

/** @hono/session reads and writes the whole session. */
async function visitWhole(path: string, whole: Whole): Promise<string> {
  if (path === '/untouched') return visitNothing(path)
  const bag = { ...(path === '/new' ? {} : await whole.get()) }
  const answer = await visitBag(path, bag)
  if (path !== '/read' && path !== '/told') await whole.update(bag)
  return answer
}
