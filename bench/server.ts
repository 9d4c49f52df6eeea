/**
 * One contestant as a server process: `node bench/server.ts <framework> <session> <store> <folder>`.
 * It reports its port, and its CPU time whenever asked.
 *
 * @module
 */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import express from 'express'
import type { Request, Response } from 'express'
import { createSessions, memoryStore } from 'sojourn'
import type { SessionStore, Sessions } from 'sojourn'
import { session as expressSession } from 'sojourn/express'
import { session as nodeSession } from 'sojourn/node'
import { sqliteStore } from 'sojourn/stores/sqlite'
import type { Contestant } from './contestants.ts'
import { fastifyListener } from './frameworks/fastify.ts'
import { honoListener } from './frameworks/hono.ts'
import { koaListener } from './frameworks/koa.ts'
import { ANSWER, peerRequire, secret, visit, visitBag, type Data } from './visits.ts'

const [framework, session, store, folder] = process.argv.slice(2) as [
  Contestant['framework'],
  Contestant['session'],
  Contestant['store'],
  string,
]

function ours(): Sessions<Data> {
  const records: SessionStore = store === 'sqlite' ? sqliteStore(join(folder, 'ours.db')) : memoryStore()
  return createSessions<Data>({ secrets: [secret], store: records, cookie: {}, development: true })
}

function listener(): RequestListener | Promise<RequestListener> {
  if (framework === 'node') return session === 'bare' ? (_req, res) => void res.end(ANSWER) : nodeListener(ours())
  if (framework === 'fastify') return fastifyListener(session, ours)
  if (framework === 'koa') return koaListener(session, ours)
  if (framework === 'hono') return honoListener(session, ours)
  return expressListener()
}

function expressListener(): RequestListener {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  if (session === 'sojourn') {
    const sessions = ours()
    app.use(expressSession(sessions))
    app.use(async (req: Request, res: Response) => {
      res.send(await visit(req.path, sessions.open(req)))
    })
  } else if (session === 'express-session') {
    app.use(peer())
    app.use((req: Request, res: Response) => {
      res.send(visitBag(req.path, (req as Request & { session: Data }).session))
    })
  } else app.use((_req: Request, res: Response) => void res.send(ANSWER))
  return app
}

function nodeListener(sessions: Sessions<Data>): RequestListener {
  return nodeSession(sessions, async (req, res, opened) => {
    const answer = await visit(req.url!, opened)
    res.end(answer)
  })
}

function peer(): express.RequestHandler {
  const middleware = peerRequire('express-session') as ((options: object) => express.RequestHandler) & { Store: unknown }
  const options = { secret, resave: false, saveUninitialized: false, cookie: { maxAge: 1_800_000 } }
  if (store === 'memory') return middleware(options)
  const Store = (peerRequire('better-sqlite3-session-store') as (session: unknown) => new (options: object) => object)(middleware)
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => { pragma(text: string): void }
  const database = new Database(join(folder, 'peer.db'))
  // The same guarantees as ours, and the faster journal.
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  return middleware({ ...options, store: new Store({ client: database, expired: { clear: false } }) })
}

const server = createServer(await listener())
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ microseconds: user + system })
})
process.on('disconnect', () => process.exit(0))
