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
import type { Session, SessionStore, Sessions } from 'sojourn'
import { session as expressSession } from 'sojourn/express'
import { session as nodeSession } from 'sojourn/node'
import { sqliteStore } from 'sojourn/stores/sqlite'
import { data } from './contestants.ts'
import type { Contestant } from './contestants.ts'

const [framework, session, store, folder] = process.argv.slice(2) as [
  Contestant['framework'],
  Contestant['session'],
  Contestant['store'],
  string,
]
const secret = 'a secret of the bench, long enough for it'
const ANSWER = 'Thank you for coming by.'

type Data = Record<string, unknown>

/** What each path does, whoever serves it. */
async function visit(path: string, opened: Session<Data>): Promise<void> {
  if (path === '/read') await opened.get('theme')
  else if (path === '/write' || path === '/new') opened.set('visits', Math.random())
  else if (path === '/seed') for (const [key, value] of Object.entries(data)) opened.set(key, value)
  else if (path.startsWith('/key/')) opened.set(path.slice(5), 1)
  else if (path === '/increment') opened.increment('count')
  else if (path === '/keys') await opened.load()
}

/** How many of the keys, and what the counter says; the middle step waits, so that requests overlap. */
function tally(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ keys: Object.keys(values).filter((key) => key.startsWith('k')).length, count: values['count'] ?? 0 })
}

function ours(): Sessions<Data> {
  const records: SessionStore = store === 'sqlite' ? sqliteStore(join(folder, 'ours.db')) : memoryStore()
  return createSessions<Data>({ secrets: [secret], store: records, cookie: {}, development: true })
}

function listener(): RequestListener {
  if (framework === 'node') return session === 'bare' ? (_req, res) => void res.end(ANSWER) : nodeListener(ours())
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  if (session === 'sojourn') {
    const sessions = ours()
    app.use(expressSession(sessions))
    app.use(async (req: Request, res: Response) => {
      const opened = sessions.open(req)
      await visit(req.path, opened)
      res.send(req.path === '/keys' ? tally(opened.data) : ANSWER)
    })
  } else if (session === 'express-session') {
    app.use(peer())
    app.use((req: Request, res: Response) => {
      const bag = (req as Request & { session: Data }).session
      if (req.path === '/read') void bag['theme']
      else if (req.path === '/write' || req.path === '/new') bag['visits'] = Math.random()
      else if (req.path === '/seed') Object.assign(bag, data)
      else if (req.path.startsWith('/key/')) bag[req.path.slice(5)] = 1
      else if (req.path === '/increment') bag['count'] = Number(bag['count'] ?? 0) + 1
      res.send(req.path === '/keys' ? tally(bag) : ANSWER)
    })
  } else app.use((_req: Request, res: Response) => void res.send(ANSWER))
  return app
}

function nodeListener(sessions: Sessions<Data>): RequestListener {
  return nodeSession(sessions, async (req, res, opened) => {
    await visit(req.url!, opened)
    res.end(req.url === '/keys' ? tally(opened.data) : ANSWER)
  })
}

function peer(): express.RequestHandler {
  const require = createRequire(new URL('peers/package.json', import.meta.url))
  const middleware = require('express-session') as ((options: object) => express.RequestHandler) & { Store: unknown }
  const options = { secret, resave: false, saveUninitialized: false, cookie: { maxAge: 1_800_000 } }
  if (store === 'memory') return middleware(options)
  const Store = (require('better-sqlite3-session-store') as (session: unknown) => new (options: object) => object)(middleware)
  const Database = createRequire(import.meta.url)('better-sqlite3') as new (path: string) => { pragma(text: string): void }
  const database = new Database(join(folder, 'peer.db'))
  // The same guarantees as ours, and the faster journal.
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  return middleware({ ...options, store: new Store({ client: database, expired: { clear: false } }) })
}

const server = createServer(listener())
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ microseconds: user + system })
})
process.on('disconnect', () => process.exit(0))
