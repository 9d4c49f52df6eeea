import { HTTPError, defineHandler } from 'nitro/h3'
import { sessionOf } from '../../sessions'

export default defineHandler(async (event) => {
  const { principal } = await sessionOf(event).load()
  if (principal === null) throw new HTTPError({ status: 401, statusText: 'Sign in first' })
  return { account: principal }
})
