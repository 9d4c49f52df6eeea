import { afterAll } from 'vitest'

/** Clients of Redis for a test file, which are closed when it ends. */
export interface RedisClients {
  /** What is to be closed, in the opposite order. */
  readonly closers: (() => unknown)[]
  /** Connects a client of node-redis. */
  opened<T extends Openable>(client: T): Promise<T>
}

interface Openable {
  on(event: 'error', listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
}

export function redisClients(): RedisClients {
  const closers: (() => unknown)[] = []
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
  })
  return {
    closers,
    async opened(client) {
      client.on('error', () => undefined)
      await client.connect()
      closers.push(() => client.destroy())
      return client
    },
  }
}

export function socketAt(port: number): { host: string; port: number } {
  return { host: '127.0.0.1', port }
}
