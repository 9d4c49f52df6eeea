// #region session
import { H3 } from 'h3'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/h3'

const sessions = createSessions<{ visits: number }>({ development: true })
const app = new H3().use(session(sessions)).get('/', async (event) => {
  const session = sessions.open(event.req)
  session.increment('visits')
  return `Visit number ${await session.get('visits')}`
})
// #endregion

export { app }
