import type { RequestListener } from 'node:http'
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import { session as ours } from 'sojourn/fastify'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { requirePeer } from '../peers/load.ts'
import { IDLE, ourSessions, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitMethods, visitNothing } from '../visits.ts'
import { connectRedis } from './express.ts'

type Plugin = FastifyPluginCallback<Record<string, unknown>>

export async function fastifyListener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  const app = fastify()
  await install(app, library, setting)
  await app.ready()
  return (request, response) => app.routing(request, response)
}

async function install(app: FastifyInstance, library: Contestant['library'], setting: Setting): Promise<void> {
  if (library === 'sojourn') {
    const sessions = await ourSessions(setting)
    await app.register(ours(sessions))
    app.get('/*', (request) => visitHandle(request.url, sessions.open(request)))
  } else if (library === '@fastify/session') {
    await app.register(requirePeer('@fastify/cookie') as Plugin)
    const store = setting.place === 'redis' ? { store: await connectRedis(setting) } : {}
    const options = { secret, cookie: { secure: false, maxAge: IDLE }, saveUninitialized: false, rolling: false, ...store }
    await app.register(requirePeer('@fastify/session') as Plugin, options)
    app.get('/*', (request) => visitBag(request.url, request.session as unknown as Data))
  } else if (library === '@fastify/secure-session') {
    await app.register(requirePeer('@fastify/secure-session') as Plugin, { key: Buffer.alloc(32, 7), cookie: { path: '/' } })
    app.get('/*', (request) => visitMethods(request.url, request.session))
  } else app.get('/*', (request) => visitNothing(request.url))
}
