import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from './app.ts'
import { carriers } from './carrier.ts'
import type { Config } from './config.ts'
import { createShopSessions } from './sessions.ts'
import { createShop } from './shop.ts'
import { openStore } from './store.ts'
import { openUsers } from './users.ts'

/** How long a stop waits for requests that are being answered. */
const LONGEST_GOODBYE = 1_000

/** Serves the shop until SIGINT or SIGTERM. */
export async function serve({ host, port, secret, store, users: usersFile, transport, metricsPort }: Config): Promise<void> {
  const opened = await openStore(store)
  const sessions = createShopSessions(opened, secret, carriers[transport].transport)
  const users = openUsers(usersFile)
  const stopMetrics =
    metricsPort === undefined ? undefined : await (await import('../guide/telemetry/opentelemetry.ts')).serveMetrics(sessions, metricsPort)
  // The bench needs cookies.
  const phone = transport === 'cookie' ? createShop(createShopSessions(opened, secret, carriers.phone.transport), users) : undefined
  const server = createServer(createApp(createShop(sessions, users), transport, phone))
  try {
    await listen(server, host, port)
  } catch (error) {
    await sessions.close()
    users.close()
    throw error
  }
  if (cluster.isPrimary) announce(host, (server.address() as AddressInfo).port)
  stopOnSignal(async () => {
    await closeServer(server)
    await stopMetrics?.()
    await sessions.close()
    users.close()
    if (cluster.isWorker) process.disconnect()
  })
}

export function announce(host: string, port: number): void {
  console.log(`The shop is open: http://${host.includes(':') ? `[${host}]` : host}:${port}`)
}

/** Once, however often Ctrl-C is pressed. */
export function stopOnSignal(stop: () => void | Promise<void>): void {
  let stopping = false
  const begin = (): void => {
    if (stopping) return
    stopping = true
    void stop()
  }
  process.on('SIGINT', begin)
  process.on('SIGTERM', begin)
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Error(`Port ${port} on ${host} is already taken. Choose another one: PORT=${port + 1} npm start`, { cause: error })
    throw error
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const timer = setTimeout(() => server.closeAllConnections(), LONGEST_GOODBYE)
  await closed
  clearTimeout(timer)
}
