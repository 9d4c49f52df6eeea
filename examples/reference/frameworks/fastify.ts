// #region session
import fastify from 'fastify'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/fastify'

const sessions = createSessions<{ visits: number }>({ development: true })
const app = fastify()
await app.register(session(sessions))

app.get('/', async (request) => {
  const session = sessions.open(request)
  session.increment('visits')
  return `Visit number ${await session.get('visits')}`
})
// #endregion

export { app }
