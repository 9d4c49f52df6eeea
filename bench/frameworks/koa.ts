import type { RequestListener } from 'node:http'
import Koa from 'koa'
import type { Middleware } from 'koa'
import type { Sessions } from 'sojourn'
import { session as ours } from 'sojourn/koa'
import type { Contestant } from '../contestants.ts'
import { ANSWER, peerRequire, secret, visit, visitBag, type Data } from '../visits.ts'

interface Peer {
  createSession(options: object, app: Koa): Middleware
}

export function koaListener(session: Contestant['session'], make: () => Sessions<Data>): RequestListener {
  const app = new Koa({ keys: [secret] })
  if (session === 'sojourn') {
    const sessions = make()
    app.use(ours(sessions))
    app.use(async (ctx) => {
      ctx.body = await visit(ctx.path, sessions.open(ctx.request))
    })
  } else if (session === 'koa-session') {
    const records = new Map<string, unknown>()
    const store = {
      get: async (key: string) => records.get(key),
      set: async (key: string, value: object) => void records.set(key, { ...value }),
      destroy: async (key: string) => void records.delete(key),
    }
    app.use((peerRequire('koa-session') as Peer).createSession({ store, maxAge: 1_800_000 }, app))
    app.use((ctx) => {
      // What is untouched must stay so: koa-session makes the session when it is asked for.
      ctx.body = ctx.path === '/untouched' ? ANSWER : visitBag(ctx.path, ctx['session'] as Data)
    })
  } else {
    app.use((ctx) => {
      ctx.body = ANSWER
    })
  }
  const listener = app.callback()
  return (request, response) => void listener(request, response)
}
