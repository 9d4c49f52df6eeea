// #region yoga
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/node'
import { resolvers, typeDefs } from './schema.js'
import { type Context, sessions } from './sessions.js'

const yoga = createYoga<Context>({ schema: createSchema({ typeDefs, resolvers }) })
const guarded = guard(sessions, csrf(sessions))

const server = createServer(
  session(
    sessions,
    guarded((request, response, session) => void yoga(request, response, { session })),
  ),
)
// #endregion

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1')
