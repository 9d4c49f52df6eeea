import type { RequestListener } from 'node:http'
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import type { Sessions } from 'sojourn'
import { session as ours } from 'sojourn/fastify'
import type { Contestant } from '../contestants.ts'
import { ANSWER, peerRequire, secret, visit, visitBag, visitMethods, type Data } from '../visits.ts'

type Peer = FastifyPluginCallback<Record<string, unknown>>

export async function fastifyListener(session: Contestant['session'], sessions: () => Sessions<Data>): Promise<RequestListener> {
  const app = fastify()
  await install(app, session, sessions)
  await app.ready()
  return (request, response) => app.routing(request, response)
}

async function install(app: FastifyInstance, session: Contestant['session'], make: () => Sessions<Data>): Promise<void> {
  if (session === 'sojourn') {
    const sessions = make()
    await app.register(ours(sessions))
    app.get('/*', (request) => visit(request.url, sessions.open(request)))
  } else if (session === '@fastify/session') {
    await app.register(peerRequire('@fastify/cookie') as Peer)
    const cookie = { secure: false, maxAge: 1_800_000 }
    await app.register(peerRequire('@fastify/session') as Peer, { secret, cookie, saveUninitialized: false, rolling: false })
    app.get('/*', async (request) => visitBag(request.url, request.session as unknown as Data))
  } else if (session === '@fastify/secure-session') {
    await app.register(peerRequire('@fastify/secure-session') as Peer, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
    app.get('/*', async (request) => visitMethods(request.url, request.session))
  } else app.get('/*', async () => ANSWER)
}
