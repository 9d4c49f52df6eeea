import { data } from 'react-router'
import { sessionContext } from '../sessions.server'
import type { Route } from './+types/account'

export async function loader({ context }: Route.LoaderArgs) {
  const { principal } = await context.get(sessionContext).load()
  if (principal === null) throw data(null, { status: 401, statusText: 'Sign in first' })
  return { name: principal }
}

export default function Account({ loaderData }: Route.ComponentProps) {
  return <h1>Account of {loaderData.name}</h1>
}
