import { Lazy, loadDriver } from '../_shared/driver.ts'
import { commandsOf } from './client.ts'
import type { Commands } from './client.ts'
import { pubSubOf } from './notices.ts'
import type { PubSub } from './notices.ts'

const MAX_RECONNECT_PAUSE = 2_000

/** The store's own client for one server. It connects at the first command. */
export function commandsAt(url: string): { commands: Commands; pubSub: PubSub; release: () => Promise<void> } {
  const client = new Lazy(
    async () => {
      const { createClient } = await loadDriver('redisStore', 'redis', () => import('redis'))
      // No queue: a queued command would run long after its request had its response.
      const opened = createClient({
        url,
        disableOfflineQueue: true,
        socket: { reconnectStrategy: (tries) => Math.min(50 * 2 ** tries, MAX_RECONNECT_PAUSE) },
      })
      // The client reconnects by itself. Calls fail meanwhile and say why.
      opened.on('error', () => undefined)
      await opened.connect()
      return { opened, commands: commandsOf(opened), pubSub: pubSubOf(opened)! }
    },
    ({ opened }) => opened.destroy(),
  )
  const ready = async (): Promise<Commands> => (await client.get()).commands
  return {
    commands: {
      get: async (key) => (await ready()).get(key),
      run: async (script, key, args) => (await ready()).run(script, key, args),
      wait: async (key, replicas, timeout) => (await ready()).wait(key, replicas, timeout),
      masters: async () => (await ready()).masters(),
    },
    pubSub: {
      publish: async (channel, message) => (await client.get()).pubSub.publish(channel, message),
      listen(channel, tell) {
        const listening = client.get().then(({ pubSub }) => pubSub.listen(channel, tell))
        return {
          ready: listening.then((opened) => opened.ready),
          // This is not awaited, because the server may never be reached.
          end: async () => void listening.then((opened) => opened.end()).catch(() => undefined),
        }
      },
    },
    release: () => client.close(),
  }
}
