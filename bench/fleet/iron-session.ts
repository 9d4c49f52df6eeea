/**
 * iron-session itself: all data in a sealed cookie, and no store.
 *
 * @module
 */
import { importPeer } from '../peers/load.ts'
import type { Assumptions } from './assumptions.ts'
import type { Ledger } from './ledger.ts'
import { secret } from './ours.ts'
import type { Ask } from './peers.ts'

interface Sealed {
  cart?: string
  visits?: number
  user?: string
  save(): Promise<void>
}

export async function ironSession(_ledger: Ledger, { idle, bytes }: Assumptions): Promise<Ask> {
  const { getIronSession } = await importPeer<{
    getIronSession(request: Request, response: Response, options: object): Promise<Sealed>
  }>('iron-session')
  const options = { password: secret, cookieName: 'session', ttl: idle * 60 }
  return async (kind, cookie) => {
    // A read opens the cookie, and sends and keeps nothing.
    if (kind === 'read' || kind === 'untouched') return []
    const response = new Response()
    const session = await getIronSession(
      new Request('https://shop.example/', cookie === undefined ? {} : { headers: { cookie } }),
      response,
      options,
    )
    if (kind === 'sign-in') session.user = 'user'
    else {
      session.cart ??= 'x'.repeat(bytes)
      session.visits = (session.visits ?? 0) + 1
    }
    await session.save()
    return response.headers.getSetCookie()
  }
}
