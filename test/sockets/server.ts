/** One process of an application with WebSockets. It ends when its parent lets go of it. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { addWebSockets } from '../../examples/guide/sockets/websocket.ts'
import { createSessions } from '../../src/index.ts'
import type { Duration } from '../../src/index.ts'
import { PATIENCE } from '../_support/patience.ts'
import { openStore } from '../_support/stores.ts'
import type { Location } from '../_support/stores.ts'

/** What the process is told when it starts. */
export interface SocketServerSetup {
  readonly location: Location
  readonly secret: string
  readonly liveInterval: Duration
  readonly origin: string
}

process.once('message', (setup: SocketServerSetup) => void start(setup))

async function start({ location, secret, liveInterval, origin }: SocketServerSetup): Promise<void> {
  const sessions = createSessions({ ...PATIENCE, secrets: [secret], store: await openStore(location), liveInterval })
  const server = createServer()
  // The guide's code is typed by the built package, whose classes are others to the compiler.
  addWebSockets(server, sessions as never, origin)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.once('disconnect', () => server.close(() => void sessions.close()))
  process.send?.({ port: (server.address() as AddressInfo).port })
}
