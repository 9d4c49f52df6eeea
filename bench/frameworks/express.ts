import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import express from 'express'
import type { Request, RequestHandler, Response } from 'express'
import { session as ours } from 'sojourn/express'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { openDatabase } from '../peers/database.ts'
import { importPeer, requirePeer } from '../peers/load.ts'
import { IDLE, ourSessions, postgresPool, redisClient, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitNothing } from '../visits.ts'

type Bagged = Request & { session: Data }
type Store = new (options: object) => object
type ExpressSession = ((options: object) => RequestHandler) & { Store: unknown }

export async function expressListener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  if (library === 'sojourn') {
    const sessions = await ourSessions(setting)
    app.use(ours(sessions))
    app.use(async (req: Request, res: Response) => void res.send(await visitHandle(req.path, sessions.open(req))))
  } else if (library === 'bare') app.use(async (req: Request, res: Response) => void res.send(await visitNothing(req.path)))
  else {
    app.use(library === 'express-session' ? await expressSession(setting) : cookieSession())
    app.use(async (req: Request, res: Response) => void res.send(await visitBag(req.path, (req as Bagged).session)))
  }
  return app
}

function cookieSession(): RequestHandler {
  const middleware = requirePeer('cookie-session') as (options: object) => RequestHandler
  return middleware({ name: 'session', keys: [secret], maxAge: IDLE })
}

async function expressSession(setting: Setting): Promise<RequestHandler> {
  const middleware = requirePeer('express-session') as ExpressSession
  const options = { secret, resave: false, saveUninitialized: false, cookie: { maxAge: IDLE } }
  const store = await peerStore(middleware, setting)
  return middleware(store ? { ...options, store } : options)
}

async function peerStore(middleware: ExpressSession, setting: Setting): Promise<object | undefined> {
  const load = (name: string): Store => (requirePeer(name) as (session: unknown) => Store)(middleware)
  switch (setting.place) {
    case 'sqlite':
      return new (load('better-sqlite3-session-store'))({
        client: openDatabase(join(setting.folder, 'peer.db')),
        expired: { clear: false },
      })
    case 'file':
      return new (load('session-file-store'))({ path: join(setting.folder, 'peer'), ttl: IDLE / 1_000, reapInterval: -1, logFn: () => {} })
    case 'redis':
      return connectRedis(setting)
    case 'postgres':
      return new (load('connect-pg-simple'))({ pool: await postgresPool(setting), createTableIfMissing: true, pruneSessionInterval: false })
    default:
      return undefined
  }
}

/** Also what @fastify/session is told to use. */
export async function connectRedis(setting: Setting): Promise<object> {
  const { RedisStore } = await importPeer<{ RedisStore: Store }>('connect-redis')
  return new RedisStore({ client: await redisClient(setting), ttl: IDLE / 1_000 })
}
