import type { RedisCluster, SlotRange } from '../../scripts/engines/redis-cluster.ts'
import type { ShopCluster } from './cluster.ts'

/** What can be typed while the shop is open. */
export interface Command {
  readonly does: string
  /** Returns what to say when it is done. */
  run(shop: ShopCluster): Promise<string>
}

/** A cluster of Redis decides by majority of its masters. */
const FEWEST_MASTERS = 3

const NOTHING_TYPED = ''

export const commands: Readonly<Record<string, Command>> = {
  [NOTHING_TYPED]: {
    does: 'kills the server that holds your session',
    async run({ servers }) {
      await servers.kill()
      return 'Killed. For a few seconds pages may answer 503.'
    },
  },
  master: {
    does: 'adds a Redis master with a replica, and moves its share of the slots to it',
    async run({ servers }) {
      const cluster = growing(servers.cluster)
      const port = await cluster.addMaster()
      await cluster.rebalance()
      return `Slots ${listOf((await cluster.masters()).get(port))} have moved to the new master, port ${port}.`
    },
  },
  'remove master': {
    does: 'moves the slots of the newest master to the others, and ends it',
    async run({ servers }) {
      const cluster = growing(servers.cluster)
      const masters = await cluster.masters()
      if (masters.size <= FEWEST_MASTERS) throw new Error('Redis Cluster needs three masters.')
      const port = cluster.ports.findLast((one) => masters.has(one))!
      await cluster.removeMaster(port)
      return `Slots ${listOf(masters.get(port))} have moved to the others, and the master at port ${port} has ended.`
    },
  },
  process: {
    does: 'adds a process of the shop',
    run: async (shop) => `The new process has port ${await shop.addProcess()}.`,
  },
  'remove process': {
    does: 'ends the newest process',
    run: async (shop) => `The process at port ${await shop.removeProcess()} has ended.`,
  },
}

/** How many there are now. */
export async function sizeOf({ servers, processes }: ShopCluster): Promise<string> {
  const masters = await servers.cluster?.masters()
  return `${masters ? `${masters.size} masters` : 'One PostgreSQL server'}, ${processes.length} processes.`
}

function growing(cluster: RedisCluster | undefined): RedisCluster {
  if (!cluster) throw new Error('Only the cluster of Redis has masters.')
  return cluster
}

function listOf(slots: readonly SlotRange[] = []): string {
  return slots.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ')
}
