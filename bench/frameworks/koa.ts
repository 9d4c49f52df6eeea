import type { RequestListener } from 'node:http'
import Koa from 'koa'
import type { Middleware } from 'koa'
import { session as ours } from 'sojourn/koa'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { requirePeer } from '../peers/load.ts'
import { IDLE, ourSessions, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitNothing } from '../visits.ts'

interface Peer {
  createSession(options: object, app: Koa): Middleware
}

export async function koaListener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  const app = new Koa({ keys: [secret] })
  if (library === 'sojourn') {
    const sessions = await ourSessions(setting)
    app.use(ours(sessions))
    app.use(async (ctx) => {
      ctx.body = await visitHandle(ctx.path, sessions.open(ctx.request))
    })
  } else if (library === 'koa-session') {
    app.use((requirePeer('koa-session') as Peer).createSession({ store: mapStore(), maxAge: IDLE }, app))
    app.use(async (ctx) => {
      // koa-session makes the session when it is asked for, so what is untouched must not ask.
      ctx.body = await (ctx.path === '/untouched' ? visitNothing(ctx.path) : visitBag(ctx.path, ctx['session'] as Data))
    })
  } else {
    app.use(async (ctx) => {
      ctx.body = await visitNothing(ctx.path)
    })
  }
  const listener = app.callback()
  return (request, response) => void listener(request, response)
}

/** koa-session brings no store. */
function mapStore(): object {
  const records = new Map<string, unknown>()
  return {
    get: async (key: string) => records.get(key),
    set: async (key: string, value: object) => void records.set(key, { ...value }),
    destroy: async (key: string) => void records.delete(key),
  }
}
