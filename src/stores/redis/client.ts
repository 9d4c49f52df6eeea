import { optionError } from '../../core/basics/errors.ts'
import { mastersOf } from './masters.ts'
import type { Master } from './masters.ts'
import { alsoIfItsMasterLeaves, untilItsMasterIsKnown } from './moving-slots.ts'

/** The part of node-redis that the store uses. A client, a cluster, a sentinel and a client pool have it. */
export interface NodeRedis {
  get(key: string): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** The part of ioredis that the store uses. `Redis` and `Cluster` have it. */
export interface IoRedis {
  get(key: string): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client of either library, connected to Redis or Valkey. */
export type RedisClient = NodeRedis | IoRedis

/** What the store asks of a client. Whatever is more than a GET is a script, and each script works in one slot. */
export interface Commands {
  get(key: string): Promise<string | null>
  run(script: Script, key: string, args: string[]): Promise<Reply>
  /** Waits until that many replicas have what this connection wrote. Returns how many have. */
  wait(key: string, replicas: number, timeout: number): Promise<number>
  /** The text of INFO about one topic, of each server that the client writes to. */
  info(topic: string): Promise<readonly string[]>
  /** The masters, always in the same order as long as they are the same. */
  masters(): Promise<readonly Master[]>
}

/** What the scripts of this store return. */
export type Reply = string | number | readonly string[] | null

/** A Lua script and its digest. After the first time Redis knows the script by its digest. */
export interface Script {
  readonly text: string
  readonly sha: string
}

export function commandsOf(client: RedisClient): Commands {
  const by = 'evalSha' in client ? nodeRedisOf(client) : isIoRedis(client) ? ioRedisOf(client) : undefined
  if (!by) {
    throw optionError(
      'redisStore: pass a connected client of node-redis (`redis`) or ioredis. Clients of other libraries, such as @upstash/redis, do not fit.',
    )
  }
  return {
    masters: () => mastersOf(client),
    info: async (topic) => Promise.all((await mastersOf(client)).map((master) => master.info(topic))),
    wait: async (key, replicas, timeout) => Number(await waiting(client, key, ['WAIT', String(replicas), String(timeout)])),
    get: (key) => by.get(key).then(replyOf) as Promise<string | null>,
    run: (script, key, args) =>
      by.sha(script.sha, key, args).then(replyOf, async (error: unknown) => {
        // The server was restarted or flushed and has forgotten the script. Nothing was run.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return replyOf(await by.text(script.text, key, args))
      }),
  }
}

/** Other libraries have an `evalsha` too, with other arguments. Only ioredis has all of these names. */
function isIoRedis(client: RedisClient): client is IoRedis {
  return ['evalsha', 'call', 'duplicate', 'disconnect'].every((name) => name in client)
}

/** One library's way to send what the store needs. */
interface Sender {
  get(key: string): Promise<unknown>
  sha(sha: string, key: string, args: string[]): Promise<unknown>
  text(text: string, key: string, args: string[]): Promise<unknown>
}

function nodeRedisOf(client: NodeRedis): Sender {
  const current = withoutTimer(client)
  const sender: Sender = {
    get: (key) => current().get(key),
    sha: (sha, key, args) => current().evalSha(sha, { keys: [key], arguments: args }),
    text: (text, key, args) => current().eval(text, { keys: [key], arguments: args }),
  }
  if (!('masters' in client)) return sender
  return {
    get: (key) => alsoIfItsMasterLeaves(() => untilItsMasterIsKnown(() => sender.get(key))),
    sha: (sha, key, args) => untilItsMasterIsKnown(() => sender.sha(sha, key, args)),
    text: (text, key, args) => untilItsMasterIsKnown(() => sender.text(text, key, args)),
  }
}

function ioRedisOf(client: IoRedis): Sender {
  return {
    get: (key) => client.get(key),
    sha: (sha, key, args) => client.evalsha(sha, 1, key, ...args),
    text: (text, key, args) => client.eval(text, 1, key, ...args),
  }
}

/** What node-redis can do besides. A cluster has `masters`, and a client pool has no `isReady`. */
interface NodeRedisState {
  withCommandOptions?(options: { timeout: number }): NodeRedis
  readonly isReady?: boolean
  readonly masters?: readonly { readonly client?: { readonly isReady?: boolean } }[]
}

/**
 * Returns a function that gives the client for the next command. node-redis sets a timer for each command, which costs
 * more than the rest of the command. It only removes a command that still waits in the client because its server is
 * away; a sent command has none any more. So the store goes without it while the client is connected. Its calls have
 * the deadline of core.
 */
function withoutTimer(client: NodeRedis): () => NodeRedis {
  const state = client as NodeRedis & NodeRedisState
  // On a cluster or a pool this drops the application's other options. The store needs none of them, because it reads
  // texts and buffers.
  const plain = state.withCommandOptions?.({ timeout: 0 })
  return plain ? () => (isConnected(state) ? plain : client) : () => client
}

function isConnected({ masters, isReady }: NodeRedisState): boolean {
  return masters ? masters.every((master) => master.client?.isReady) : isReady !== false
}

/** Clients can be configured to return buffers. */
function replyOf(value: unknown): Reply {
  if (typeof value === 'string' || typeof value === 'number') return value
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  return Array.isArray(value) ? value.map((item: unknown) => replyOf(item) as string) : null
}

interface Raw {
  sendCommand(args: readonly string[]): Promise<unknown>
}
interface RawCluster {
  sendCommand(key: string, isReadonly: boolean, args: readonly string[]): Promise<unknown>
}
interface IoRaw {
  call(command: string, ...args: string[]): Promise<unknown>
}

/**
 * Whether each command surely uses the connection of the one before: WAIT is about the writes of its own connection.
 */
export function hasOneConnection(client: object): boolean {
  if ('evalsha' in client) return !('nodes' in client)
  const isPool = 'totalClients' in client
  const isSentinel = 'getMasterNode' in client || 'getSentinelNode' in client
  return !isPool && !isSentinel
}

function waiting(client: object, key: string, [command, ...args]: readonly [string, ...string[]]): Promise<unknown> {
  if ('call' in client) return (client as IoRaw).call(command, ...args)
  if ('masters' in client) return (client as unknown as RawCluster).sendCommand(key, false, [command, ...args])
  return (client as Raw).sendCommand([command, ...args])
}
