import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { shareExpressSession } from 'sojourn/interop/express-session'
import { end } from '../../../scripts/engines/machine.ts'
import { startRedis } from '../../../scripts/engines/redis.ts'
import type { Data, Neighbour } from '../neighbour.ts'

/** The application of express-session, on a throwaway Redis, and its sessions. */
export async function startExpressSession(redisServer: string): Promise<Neighbour> {
  const engine = await startRedis(redisServer)
  const url = `redis://127.0.0.1:${engine.ports[0]}`
  const secret = randomBytes(32).toString('base64url')

  const env = { ...process.env, REDIS_URL: url, SESSION_SECRET: secret }
  const child = fork(join(import.meta.dirname, 'application.ts'), { env, execArgv: [] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The application ended with ${String(code)}.`)))
  ended.catch(() => {})
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]

  const redis = createClient({ url })
  let stopping = false
  // Ctrl-C also reaches the server, which may end first.
  redis.on('error', (error) => stopping || console.error(error))
  await redis.connect()
  const sessions = shareExpressSession<Data>({
    secrets: secret,
    store: new RedisStore({ client: redis }),
    cookie: { sameSite: 'lax' },
    principal: {
      keys: ['user'],
      of: ({ user }) => (typeof user === 'string' ? user : null),
      signIn: (user) => ({ user }),
    },
  })
  return {
    port,
    sessions,
    async stop() {
      stopping = true
      redis.destroy()
      await end(child, 'SIGTERM')
      await engine.stop()
    },
  }
}
