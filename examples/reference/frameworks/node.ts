// #region session
import { createServer } from 'node:http'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/node'

const sessions = createSessions<{ visits: number }>({ development: true })
const server = createServer(
  session(sessions, async (_request, response, session) => {
    session.increment('visits')
    response.end(`Visit number ${await session.get('visits')}`)
  }),
)
// #endregion

export { server }
