// #region apollo
import { ApolloServer } from '@apollo/server'
import { expressMiddleware } from '@as-integrations/express5'
import express from 'express'
import { csrf } from 'sojourn/auth'
import { guard, session } from 'sojourn/express'
import { resolvers, typeDefs } from './schema.js'
import { type Context, sessions } from './sessions.js'

const server = new ApolloServer<Context>({
  typeDefs,
  resolvers,
  // Apollo tells clients the message of whatever is thrown, so of a store that is down, too.
  formatError: (shown) => (shown.extensions?.code === 'INTERNAL_SERVER_ERROR' ? { message: 'Internal server error' } : shown),
})
await server.start()

const app = express()
app.use(session(sessions))
app.use(guard(sessions, csrf(sessions)))
app.use('/graphql', express.json(), expressMiddleware(server, { context: async ({ req }) => ({ session: sessions.open(req) }) }))
// #endregion

app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1')
