import type { Handle } from '@sveltejs/kit/hooks'
import { building } from '$app/env'
import type { Session } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { guard } from 'sojourn/fetch'
import { sessions } from './lib/server/sessions'
import type { Data } from './lib/server/sessions'

let forms: ReturnType<typeof guard<Data>> | undefined

export const handle: Handle = async ({ event, resolve }) => {
  if (building) return resolve(event) // a prerendered page is the same for everybody
  forms ??= guard(sessions(), csrf(sessions()))
  const guarded = forms(() => resolve(event))
  const run = (session: Session<Data>) => {
    event.locals.session = session
    return guarded(event.request, session)
  }
  return sessions().handle(event.request, run, { address: event.getClientAddress() })
}
