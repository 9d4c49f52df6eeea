// #region fetch
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/fetch'
import { appRouter } from './router.js'
import { sessions } from './sessions.js'

const guarded = guard(sessions, csrf(sessions))

const fetch = session(
  sessions,
  guarded((req, session) => fetchRequestHandler({ endpoint: '/trpc', req, router: appRouter, createContext: () => ({ session }) })),
)

export default { fetch }
// #endregion

if (import.meta.main) {
  const { serve } = await import('@hono/node-server')
  serve({ fetch, port: Number(process.env.PORT ?? 3000), hostname: process.env.HOST ?? '127.0.0.1' })
}
