// #region session
import { Hono } from 'hono'
import { createSessions } from 'sojourn'
import { session } from 'sojourn/hono'

const sessions = createSessions<{ visits: number }>({ development: true })
export default new Hono().use(session(sessions)).get('/', async (c) => {
  c.var.session.increment('visits')
  return c.text(`Visit number ${await c.var.session.get('visits')}`)
})
// #endregion
