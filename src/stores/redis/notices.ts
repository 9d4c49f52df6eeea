import type { Subscription } from '../_shared/broadcast.ts'
import type { RedisClient } from './client.ts'

/** Publish and subscribe. It needs a client that can be duplicated: a connection that listens can do nothing else. */
export interface PubSub {
  publish(channel: string, message: string): Promise<unknown>
  listen(channel: string, tell: (message: string) => void): Subscription
}

interface Publisher {
  publish(channel: string, message: string): Promise<unknown>
}

interface NodeRedisDuplicate extends Publisher {
  duplicate(): NodeRedisDuplicate
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(channel: string, tell: (message: string) => void): Promise<unknown>
  destroy(): unknown
}

interface IoRedisDuplicate extends Publisher {
  duplicate(): IoRedisDuplicate
  on(event: 'error', listener: () => void): unknown
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  subscribe(channel: string): Promise<unknown>
  disconnect(): void
}

/** Returns `undefined` for a client that cannot be duplicated, such as a pool. */
export function pubSubOf(client: RedisClient): PubSub | undefined {
  if (!('duplicate' in client && 'publish' in client)) return undefined
  return 'evalSha' in client
    ? pubSubOfNodeRedis(client as unknown as NodeRedisDuplicate)
    : pubSubOfIoRedis(client as unknown as IoRedisDuplicate)
}

// Both libraries reconnect by themselves, and then subscribe again.

function pubSubOfNodeRedis(client: NodeRedisDuplicate): PubSub {
  return {
    publish: (channel, message) => client.publish(channel, message),
    listen(channel, tell) {
      const own = client.duplicate()
      own.on('error', () => undefined)
      return {
        ready: own.connect().then(() => own.subscribe(channel, tell)),
        end: async () => own.destroy(),
      }
    },
  }
}

function pubSubOfIoRedis(client: IoRedisDuplicate): PubSub {
  return {
    publish: (channel, message) => client.publish(channel, message),
    listen(channel, tell) {
      const own = client.duplicate()
      own.on('error', () => undefined)
      own.on('message', (_channel, message) => tell(message))
      return {
        ready: own.subscribe(channel),
        end: async () => own.disconnect(),
      }
    },
  }
}
