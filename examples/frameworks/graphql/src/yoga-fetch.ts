// #region yoga-fetch
import { createSchema, createYoga } from 'graphql-yoga'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/fetch'
import { resolvers, typeDefs } from './schema.js'
import { type Context, sessions } from './sessions.js'

const yoga = createYoga<Context>({ schema: createSchema({ typeDefs, resolvers }) })

const guarded = guard(sessions, csrf(sessions))

const fetch = session(
  sessions,
  guarded((request, session) => yoga.fetch(request, { session })),
)

export default { fetch }
// #endregion

if (import.meta.main) {
  const { serve } = await import('@hono/node-server')
  serve({ fetch, port: Number(process.env.PORT ?? 3000), hostname: process.env.HOST ?? '127.0.0.1' })
}
