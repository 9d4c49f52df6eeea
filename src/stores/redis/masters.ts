import { SojournError } from '../../core/basics/errors.ts'

/** One server that holds keys. */
export interface Master {
  readonly name: string
  /** One step of SCAN. The walk is over when the cursor is `'0'`. */
  scan(cursor: string, match: string, count: number): Promise<{ cursor: string; keys: string[] }>
  /** The text of INFO about one topic. */
  info(topic: string): Promise<string>
}

interface NodeRedisCluster {
  readonly masters: readonly { readonly id: string }[]
  nodeClient(node: { readonly id: string }): Promise<NodeRedisScan> | NodeRedisScan
}

interface NodeRedisScan {
  info(topic: string): Promise<unknown>
  scan(cursor: string, options: { MATCH: string; COUNT: number }): Promise<{ cursor: unknown; keys: unknown[] }>
}

interface IoRedisCluster {
  nodes(role: 'master'): readonly (IoRedisScan & { readonly options: { readonly host?: string; readonly port?: number } })[]
}

interface IoRedisScan {
  info(topic: string): Promise<unknown>
  scan(cursor: string, ...args: (string | number)[]): Promise<[cursor: unknown, keys: unknown[]]>
}

/** The masters of a cluster, sorted by name. A single server is its own master. */
export async function mastersOf(client: object): Promise<readonly Master[]> {
  const masters = await found(client)
  return masters.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function found(client: object): Promise<Master[]> {
  const prefix = keyPrefixOf(client)
  if ('masters' in client) {
    const cluster = client as NodeRedisCluster
    return Promise.all(cluster.masters.map(async (node) => masterOfNodeRedis(node.id, await cluster.nodeClient(node), prefix)))
  }
  if ('nodes' in client) {
    return (client as IoRedisCluster)
      .nodes('master')
      .map((node) => masterOfIoRedis(`${node.options.host}:${node.options.port}`, node, prefix))
  }
  if (!('scan' in client)) {
    throw new SojournError('ERR_SESSION_CAPABILITY', 'This Redis client has no SCAN, so its sessions cannot be walked over.')
  }
  return [
    'evalSha' in client
      ? masterOfNodeRedis('', client as unknown as NodeRedisScan, prefix)
      : masterOfIoRedis('', client as unknown as IoRedisScan, prefix),
  ]
}

/** Both libraries put `keyPrefix` before each key that they send. They do not for MATCH, nor take it off in replies. */
function keyPrefixOf(client: object): string {
  const { options, _keyPrefix: own } = client as { options?: { keyPrefix?: string | Buffer }; _keyPrefix?: string | Buffer }
  return String(options?.keyPrefix ?? own ?? '')
}

function masterOfNodeRedis(name: string, client: NodeRedisScan, prefix: string): Master {
  return {
    name,
    async scan(from, match, count) {
      const { cursor, keys } = await client.scan(from, { MATCH: literal(prefix) + match, COUNT: count })
      return { cursor: String(cursor), keys: withoutPrefix(keys, prefix) }
    },
    info: async (topic) => String(await client.info(topic)),
  }
}

function masterOfIoRedis(name: string, client: IoRedisScan, prefix: string): Master {
  return {
    name,
    async scan(from, match, count) {
      const [cursor, keys] = await client.scan(from, 'MATCH', literal(prefix) + match, 'COUNT', count)
      return { cursor: String(cursor), keys: withoutPrefix(keys, prefix) }
    },
    info: async (topic) => String(await client.info(topic)),
  }
}

function withoutPrefix(keys: readonly unknown[], prefix: string): string[] {
  return keys.map((key) => String(key).slice(prefix.length))
}

/** A text that matches itself in a pattern of SCAN. */
export function literal(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
