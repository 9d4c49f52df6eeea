/**
 * One process of an application that keeps its sessions as a guide of this folder says. It ends when its parent lets go
 * of it.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sessions } from 'sojourn'
import { session } from 'sojourn/node'

/** Which guide, and the addresses of the servers that it is given. */
export interface Setup {
  readonly guide: 'postgres' | 'mysql' | 'redis' | 'redis-cluster'
  readonly urls: readonly string[]
}

const SECRET = 'the secret of the guide, 32 or more'

process.once('message', (setup: Setup) => void start(setup))

async function start(setup: Setup): Promise<void> {
  const sessions = await sessionsOf(setup)
  const server = createServer(
    session(sessions, async (_req, res, session) => {
      session.increment('visits')
      res.end(`Visit number ${String(await session.get('visits'))}`)
    }),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.once('disconnect', () => process.exit())
  process.send?.({ port: (server.address() as AddressInfo).port })
}

/** The code of the guide itself; nothing is added to the clients that it makes. */
async function sessionsOf({ guide, urls }: Setup): Promise<Sessions> {
  const [url = ''] = urls
  switch (guide) {
    case 'postgres':
      return (await import('./postgres.ts')).postgresSessions(url, SECRET).sessions
    case 'mysql':
      return (await import('./mysql.ts')).mysqlSessions(url, SECRET).sessions
    case 'redis':
      return (await (await import('./redis.ts')).redisSessions(url, SECRET)).sessions
    case 'redis-cluster':
      return (await (await import('./redis-cluster.ts')).clusterSessions(urls, SECRET)).sessions
  }
}
