import { createSessions } from 'sojourn'

const sessions = createSessions<{ visits: number }>({ development: true })

// #region handle
export default {
  fetch: (request: Request) =>
    sessions.handle(request, async (session) => {
      session.increment('visits')
      return new Response(`Visit number ${await session.get('visits')}`)
    }),
}
// #endregion
