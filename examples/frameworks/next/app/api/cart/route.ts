import { csrf } from 'sojourn/auth'
import { guard, route } from '../../../lib/session'

const fromThisSite = guard((sessions) => [csrf(sessions)])

export const GET = route(async (_request, session) => {
  const { principal, data } = await session.load()
  return principal === null ? new Response('Sign in first.', { status: 401 }) : Response.json(data.cart ?? [])
})

export const DELETE = route(
  fromThisSite((_request, session) => {
    session.delete('cart')
    return new Response(null, { status: 204 })
  }),
)
