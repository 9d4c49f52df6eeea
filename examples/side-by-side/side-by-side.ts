import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startProxy } from '../cluster/balancer.ts'
import { cartApplication } from './cart.ts'
import type { Neighbour } from './neighbour.ts'

export interface SideBySide {
  readonly url: string
  stop(): Promise<void>
}

/** The account from the neighbour, the cart from Node, behind one address. */
export async function startSideBySide(startNeighbour: () => Promise<Neighbour>, port: number): Promise<SideBySide> {
  const neighbour = await startNeighbour()
  const node = createServer(cartApplication(neighbour))
  await once(node.listen(0, '127.0.0.1'), 'listening')
  const nodePort = (node.address() as AddressInfo).port
  const front = await startProxy((path) => (/^\/cart\b/.test(path) ? nodePort : neighbour.port), port)
  return {
    url: front.url,
    async stop() {
      node.closeAllConnections()
      node.close()
      await Promise.all([front.close(), neighbour.stop()])
    },
  }
}
