import { Lazy, loadDriver, requireDriver } from '../_shared/driver.ts'
import { commandsOf } from './client.ts'
import type { Commands } from './client.ts'
import { pubSubOf } from './notices.ts'
import type { PubSub } from './notices.ts'
import { isWrongServer } from './wrong-server.ts'

const MAX_RECONNECT_PAUSE = 2_000
/** Milliseconds. */
const PING_INTERVAL = 3_000
/** Then the server has fallen silent, and its connection would be kept for ever. */
const MAX_UNANSWERED = 3

/** The store's own client for one server. It connects at the first command. */
export function commandsAt(url: string): { commands: Commands; pubSub: PubSub; release: () => Promise<void> } {
  requireDriver('redisStore', 'redis')
  let newest: Watched | undefined
  const client = new Lazy(
    async () => {
      const { createClient } = await loadDriver('redisStore', 'redis', () => import('redis'))
      let wasConnected = false
      // No queue: a queued command would run long after its request had its response.
      const opened = createClient({
        url,
        disableOfflineQueue: true,
        // A server that is down at the start is an error at once, with its cause, and not a wait.
        socket: { reconnectStrategy: (tries) => wasConnected && Math.min(50 * 2 ** tries, MAX_RECONNECT_PAUSE) },
      })
      // The client reconnects by itself. Calls fail meanwhile and say why.
      opened.on('error', () => undefined)
      const found = { opened, commands: commandsOf(opened), pubSub: pubSubOf(opened)! }
      newest = opened
      endIfSilent(opened, () => void client.forget(found))
      await opened.connect()
      wasConnected = true
      return found
    },
    () => destroy(newest),
  )
  const ask = async <T>(question: (commands: Commands) => Promise<T>): Promise<T> => {
    const found = await client.get()
    try {
      return await question(found.commands)
    } catch (error) {
      // `close` lets the commands that are under way end.
      if (isWrongServer(error) && (await client.forget(found))) found.opened.close().catch(() => undefined)
      throw error
    }
  }
  return {
    commands: {
      get: (key) => ask((commands) => commands.get(key)),
      run: (script, key, args) => ask((commands) => commands.run(script, key, args)),
      wait: (key, replicas, timeout) => ask((commands) => commands.wait(key, replicas, timeout)),
      info: (topic) => ask((commands) => commands.info(topic)),
      masters: () => ask((commands) => commands.masters()),
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
    release() {
      // It may still be connecting to a server that is silent.
      destroy(newest)
      return client.close()
    },
  }
}

/** The part of the client that this needs. */
interface Watched {
  readonly isOpen: boolean
  ping(): Promise<unknown>
  destroy(): void
}

function destroy(client: Watched | undefined): void {
  if (client?.isOpen) client.destroy()
}

/**
 * Ends a client whose server does not answer any more while the connection stays: the client itself waits for ever.
 * Unanswered pings are counted, not milliseconds, so that a process that was stopped for a while keeps its connection.
 */
function endIfSilent(client: Watched, forget: () => void): void {
  let unanswered = 0
  const timer = setInterval(() => {
    if (!client.isOpen) return clearInterval(timer)
    if (unanswered++ >= MAX_UNANSWERED) {
      client.destroy()
      return forget()
    }
    client.ping().then(
      () => (unanswered = 0),
      () => undefined,
    )
  }, PING_INTERVAL)
  timer.unref()
}
