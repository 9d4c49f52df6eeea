import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { engineOf, startInstance, stopInstance, until } from './redis.ts'
import type { Instance, RedisEngine } from './redis.ts'

/** A range of slots, both ends included. */
export type SlotRange = readonly [first: number, last: number]

/** A throwaway cluster, which grows and shrinks while it is used. */
export interface RedisCluster extends RedisEngine {
  /** The ports of the masters, each with its slots. */
  masters(): Promise<ReadonlyMap<number, readonly SlotRange[]>>
  /** The slot of a key. */
  slotOf(key: string): Promise<number>
  /** The port of the master that has a slot. */
  masterOf(slot: number): Promise<number>
  /** Adds a master and its replica. It has no slots yet. Returns its port. */
  addMaster(): Promise<number>
  /** Gives every master as many slots as the others. */
  rebalance(): Promise<void>
  /** Gives the slots of a master to the others, then ends the master and its replicas. */
  removeMaster(port: number): Promise<void>
  /**
   * Moves one slot to a master.
   *
   * @param meanwhile runs when all keys of the slot have moved, and the cluster still names the old master
   */
  moveSlot(slot: number, to: number, meanwhile?: () => Promise<unknown>): Promise<void>
}

const FLAGS = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '1500']

/** A master stays one when its last slot has gone: `redis-cli --cluster rebalance` goes on to tell it of slots. */
const STAYS_MASTER = ['--cluster-allow-replica-migration', 'no']

/** Milliseconds for the keys of one step. */
const MIGRATION_TIMEOUT = '5000'

/** Three masters and three replicas. */
export async function startRedisCluster(program: string, cli: string): Promise<RedisCluster> {
  const start = (): Promise<Instance> => startInstance(program, [...FLAGS, ...STAYS_MASTER, '--repl-diskless-sync-delay', '0'])
  const instances = await Promise.all(Array.from({ length: 6 }, start))
  const manage = async (...args: string[]): Promise<void> => void (await promisify(execFile)(cli, ['--cluster', ...args]))
  const ask = async (port: number, ...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(cli, ['-e', '-p', String(port), ...args])
    return stdout.trim()
  }
  const idOf = (port: number): Promise<string> => ask(port, 'cluster', 'myid')
  const ports = (): number[] => instances.filter(isRunning).map(({ port }) => port)
  const nodes = async (): Promise<Node[]> => nodesOf(await ask(ports()[0]!, 'cluster', 'nodes'))
  const masters = async (): Promise<ReadonlyMap<number, readonly SlotRange[]>> => {
    const found = (await nodes()).filter(({ isMaster, port }) => isMaster && ports().includes(port))
    return new Map(found.map(({ port, slots }) => [port, slots]))
  }
  const masterOf = async (slot: number): Promise<number> => {
    const owners = [...(await masters())]
    return owners.find(([, ranges]) => ranges.some(([first, last]) => first <= slot && slot <= last))![0]
  }
  /** All know all, and each replica has caught up once: before that it cannot take its master's place. */
  const together = (): Promise<void> =>
    until(async () => {
      const of = (...question: string[]): Promise<string[]> => Promise.all(ports().map((port) => ask(port, ...question)))
      const [states, roles, views] = [await of('cluster', 'info'), await of('info', 'replication'), await of('cluster', 'nodes')]
      const isMaster = new Map(ports().map((port, i) => [port, roles[i]!.includes('role:master')]))
      return (
        states.every((state) => state.includes('cluster_state:ok')) &&
        roles.every((role) => role.includes('role:master') || role.includes('master_link_status:up')) &&
        views
          .map(nodesOf)
          .every((view) => ports().every((port) => view.find((node) => node.port === port)?.isMaster === isMaster.get(port)))
      )
    })

  await manage('create', ...instances.map(({ port }) => at(port)), '--cluster-replicas', '1', '--cluster-yes')
  await together()

  return {
    ...engineOf(instances),
    get ports() {
      return ports()
    },
    masters,
    slotOf: async (key) => Number(await ask(ports()[0]!, 'cluster', 'keyslot', key)),
    masterOf,
    async addMaster() {
      const known = at(ports()[0]!)
      const master = await start()
      instances.push(master)
      await manage('add-node', at(master.port), known)
      await together()
      const replica = await start()
      instances.push(replica)
      await manage('add-node', at(replica.port), known, '--cluster-slave', '--cluster-master-id', await idOf(master.port))
      await together()
      return master.port
    },
    async rebalance() {
      await manage('rebalance', at(ports()[0]!), '--cluster-use-empty-masters')
      await together()
    },
    async removeMaster(port) {
      const all = await nodes()
      const { id } = all.find((node) => node.port === port)!
      // The replicas first: one without a master looks for another one.
      const leaving = [...all.filter(({ master }) => master === id), ...all.filter((node) => node.port === port)]
      const staying = at(ports().find((one) => leaving.every((node) => node.port !== one))!)
      await manage('rebalance', staying, '--cluster-weight', `${id}=0`)
      // Clients leave it when it has sent one of their commands to another master. Idle ones are not waited for.
      const isAlone = async (): Promise<boolean> => (await ask(port, 'client', 'list', 'type', 'normal')).split('\n').length === 1
      await until(isAlone, 60).catch(() => {})
      for (const node of leaving) {
        await manage('del-node', staying, node.id)
        const place = instances.findIndex((instance) => instance.port === node.port)
        await Promise.all(instances.splice(place, 1).map(stopInstance))
      }
    },
    async moveSlot(slot, to, meanwhile) {
      const from = await masterOf(slot)
      const setSlot = async (port: number, ...how: string[]): Promise<unknown> => ask(port, 'cluster', 'setslot', String(slot), ...how)
      const id = await idOf(to)
      await setSlot(to, 'importing', await idOf(from))
      await setSlot(from, 'migrating', id)
      for (;;) {
        const keys = (await ask(from, 'cluster', 'getkeysinslot', String(slot), '100')).split('\n').filter(Boolean)
        if (keys.length === 0) break
        await ask(from, 'migrate', '127.0.0.1', String(to), '', '0', MIGRATION_TIMEOUT, 'keys', ...keys)
      }
      await meanwhile?.()
      // The new owner first: while it does not know that it is one, a client that is sent to it is sent back.
      for (const port of [to, from, ...(await masters()).keys()]) await setSlot(port, 'node', id)
    },
  }
}

function isRunning({ child }: Instance): boolean {
  return child.exitCode === null && child.signalCode === null
}

function at(port: number): string {
  return `127.0.0.1:${port}`
}

interface Node {
  readonly id: string
  readonly port: number
  readonly isMaster: boolean
  /** Of a replica: the id of its master. */
  readonly master: string
  readonly slots: readonly SlotRange[]
}

/** Reads the reply to CLUSTER NODES. */
function nodesOf(text: string): Node[] {
  return text.split('\n').map(nodeOf)
}

/** Reads one line of it. Slots in brackets are on their way. */
function nodeOf(line: string): Node {
  const [id, address, flags, master, , , , , ...ranges] = line.split(' ') as [string, string, string, string, ...string[]]
  const slots = ranges
    .filter((range) => !range.startsWith('['))
    .map((range): SlotRange => {
      const [first, last = first] = range.split('-').map(Number)
      return [first!, last!]
    })
  return { id, port: Number(/:(\d+)@/.exec(address)![1]), isMaster: flags.split(',').includes('master'), master, slots }
}

/** The master of a cluster that holds keys. @param pattern only keys like this count */
export async function masterWithData(ports: readonly number[], pattern = '*'): Promise<number> {
  // Not every process that imports this file needs it, and it takes a while to load.
  const { createClient } = await import('redis')
  for (const port of ports) {
    const client = createClient({ socket: { host: '127.0.0.1', port } })
    await client.connect()
    const isIt = (await client.keys(pattern)).length > 0 && (await client.info('replication')).includes('role:master')
    client.destroy()
    if (isIt) return port
  }
  throw new Error('No master holds any such key.')
}
