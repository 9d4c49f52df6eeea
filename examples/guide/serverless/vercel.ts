import { session } from 'sojourn/fetch'
import { sessions } from './sessions.ts'

export const GET = session(sessions, async (_request, session) => {
  session.increment('visits')
  return Response.json({ visits: await session.get('visits') })
})

export const POST = session(sessions, async (_request, session) => {
  await session.login('ada') // check a password first
  return Response.json({ name: 'ada' })
})
