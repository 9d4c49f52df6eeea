import { createSessions } from 'sojourn'
import { session } from 'sojourn/fetch'

const sessions = createSessions<{ visits: number }>({ development: true })

// #region session
export default {
  fetch: session(sessions, async (_request, session) => {
    session.increment('visits')
    return new Response(`Visit number ${await session.get('visits')}`)
  }),
}
// #endregion
