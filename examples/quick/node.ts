// #region start
import { createServer } from 'node:http'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/node'

const sessions = createSessions<{ visits: number }>({ development: true })

export const server = createServer(
  session(sessions, async (_req, res, session) => {
    session.increment('visits')
    res.end(`Visit number ${await session.get('visits')}`)
  }),
)
// #endregion
