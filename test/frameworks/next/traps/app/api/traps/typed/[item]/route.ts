import type { NextRequest } from 'next/server'
import { route } from '../../../../../lib/session'

export const PUT = route(async (request: NextRequest, session, { params }: RouteContext<'/api/traps/typed/[item]'>) => {
  const { item } = await params
  session.update('cart', (cart = []) => [...cart, item])
  return Response.json({ path: request.nextUrl.pathname, cart: await session.get('cart') })
})
