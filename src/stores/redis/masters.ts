import { SojournError } from '../../core/basics/errors.ts'

/** One server that holds keys. */
export interface Master {
  readonly name: string
  /** One step of SCAN. The walk is over when the cursor is `'0'`. */
  scan(cursor: string, match: string, count: number): Promise<{ cursor: string; keys: string[] }>
}

interface NodeRedisCluster {
  readonly masters: readonly { readonly id: string }[]
  nodeClient(node: { readonly id: string }): Promise<NodeRedisScan> | NodeRedisScan
}

interface NodeRedisScan {
  scan(cursor: string, options: { MATCH: string; COUNT: number }): Promise<{ cursor: unknown; keys: unknown[] }>
}

interface IoRedisCluster {
  nodes(role: 'master'): readonly (IoRedisScan & { readonly options: { readonly host?: string; readonly port?: number } })[]
}

interface IoRedisScan {
  scan(cursor: string, ...args: (string | number)[]): Promise<[cursor: unknown, keys: unknown[]]>
}

/** The masters of a cluster, sorted by name. A single server is its own master. */
export async function mastersOf(client: object): Promise<readonly Master[]> {
  const masters = await found(client)
  return masters.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function found(client: object): Promise<Master[]> {
  if ('masters' in client) {
    const cluster = client as NodeRedisCluster
    return Promise.all(cluster.masters.map(async (node) => masterOfNodeRedis(node.id, await cluster.nodeClient(node))))
  }
  if ('nodes' in client) {
    return (client as IoRedisCluster).nodes('master').map((node) => masterOfIoRedis(`${node.options.host}:${node.options.port}`, node))
  }
  if (!('scan' in client)) {
    throw new SojournError('ERR_SESSION_CAPABILITY', 'This Redis client has no SCAN, so its sessions cannot be walked over.')
  }
  return ['evalSha' in client ? masterOfNodeRedis('', client as NodeRedisScan) : masterOfIoRedis('', client as IoRedisScan)]
}

function masterOfNodeRedis(name: string, client: NodeRedisScan): Master {
  return {
    name,
    async scan(from, match, count) {
      const { cursor, keys } = await client.scan(from, { MATCH: match, COUNT: count })
      return { cursor: String(cursor), keys: keys.map(String) }
    },
  }
}

function masterOfIoRedis(name: string, client: IoRedisScan): Master {
  return {
    name,
    async scan(from, match, count) {
      const [cursor, keys] = await client.scan(from, 'MATCH', match, 'COUNT', count)
      return { cursor: String(cursor), keys: keys.map(String) }
    },
  }
}
