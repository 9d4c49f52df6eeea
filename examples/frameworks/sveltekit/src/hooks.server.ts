import type { Handle } from '@sveltejs/kit/hooks'
import { building } from '$app/env'
import { sessions } from './lib/server/sessions'

export const handle: Handle = async ({ event, resolve }) => {
  if (building) return resolve(event) // a prerendered page is the same for everybody
  return sessions().handle(event.request, (session) => {
    event.locals.session = session
    return resolve(event)
  })
}
