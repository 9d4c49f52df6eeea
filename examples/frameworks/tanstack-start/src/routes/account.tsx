import { createFileRoute } from '@tanstack/react-router'
import { createServerFn } from '@tanstack/react-start'
import { setResponseStatus } from '@tanstack/react-start/server'

const readAccount = createServerFn().handler(async ({ context: { session } }) => {
  const { principal } = await session.load()
  if (principal === null) setResponseStatus(401)
  return { name: principal }
})

export const Route = createFileRoute('/account')({ loader: () => readAccount(), component: Account })

function Account() {
  const { name } = Route.useLoaderData()
  return <h1>{name === null ? 'Sign in first' : `Account of ${name}`}</h1>
}
