import { SojournError } from '../../core/basics/errors.ts'
import { mastersOf } from './masters.ts'
import type { Master } from './masters.ts'

/** The part of node-redis that the store uses; a client, a cluster, a sentinel and a client pool have it. */
export interface NodeRedis {
  get(key: string): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** The part of ioredis that the store uses; `Redis` and `Cluster` have it. */
export interface IoRedis {
  get(key: string): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client of either library; also of Valkey. */
export type RedisClient = NodeRedis | IoRedis

/** Two commands are nearly all the store needs: everything that is more than a GET is a script, and each script stays in one slot. */
export interface Commands {
  get(key: string): Promise<string | null>
  run(script: Script, key: string, args: readonly string[]): Promise<Reply>
  /** Waits until so many replicas have what this connection wrote; answers how many have. */
  wait(key: string, replicas: number, timeout: number): Promise<number>
  /** The masters, in an order that stays while they do. */
  masters(): Promise<readonly Master[]>
}

/** What Redis answers to the scripts of this store. */
export type Reply = string | number | readonly string[] | null

/** A Lua script and its digest, by which Redis knows it after the first time. */
export interface Script {
  readonly text: string
  readonly sha: string
}

export function commandsOf(client: RedisClient): Commands {
  const by = 'evalSha' in client ? evaluateWithNodeRedis(client) : 'evalsha' in client ? evaluateWithIoRedis(client) : undefined
  if (!by) {
    throw new SojournError('ERR_SESSION_OPTIONS', 'redisStore: pass a connected client of node-redis (`redis`) or ioredis.')
  }
  return {
    masters: () => mastersOf(client),
    wait: async (key, replicas, timeout) => Number(await waiting(client, key, ['WAIT', String(replicas), String(timeout)])),
    get: async (key) => replyOf(await client.get(key)) as string | null,
    async run(script, key, args) {
      try {
        return replyOf(await by.sha(script.sha, key, args))
      } catch (error) {
        // A restarted or flushed server has forgotten it. Nothing was run.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
        return replyOf(await by.text(script.text, key, args))
      }
    },
  }
}

interface Evaluate {
  sha(sha: string, key: string, args: readonly string[]): Promise<unknown>
  text(text: string, key: string, args: readonly string[]): Promise<unknown>
}

function evaluateWithNodeRedis(client: NodeRedis): Evaluate {
  return {
    sha: (sha, key, args) => client.evalSha(sha, { keys: [key], arguments: [...args] }),
    text: (text, key, args) => client.eval(text, { keys: [key], arguments: [...args] }),
  }
}

function evaluateWithIoRedis(client: IoRedis): Evaluate {
  return {
    sha: (sha, key, args) => client.evalsha(sha, 1, key, ...args),
    text: (text, key, args) => client.eval(text, 1, key, ...args),
  }
}

/** Clients may be set to answer with buffers. */
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

/** Whether a command is sure to go by the same connection as the one before it: WAIT speaks of the connection it is given on. */
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
