import type { RequestHandler } from 'express'
import type { Session, Sessions } from 'sojourn'
import type { WebSocket } from 'ws'

export async function watch(session: Session, socket: WebSocket): Promise<void> {
  // #region live
  const live = await session.live()
  live.signal.addEventListener('abort', () => socket.close(4401, live.ended))
  socket.on('message', () => live.touch())
  socket.on('close', () => live.close())
  // #endregion
}

export function help(sessions: Sessions): RequestHandler {
  return async (request, response) => {
    const session = sessions.open(request)
    const customer = request.query['customer'] as string
    // #region actAs
    await session.actAs(customer, { reason: 'ticket 4711', for: '15m' }) // from now on session.actor is who helps
    response.redirect(303, '/account')
    // #endregion
  }
}

export function stopHelping(sessions: Sessions): RequestHandler {
  return async (request, response) => {
    await sessions.open(request).stopActing()
    response.redirect(303, '/customers')
  }
}

export function put(sessions: Sessions): RequestHandler {
  return async (request, response) => {
    const session = sessions.open(request)
    session.set('cart', ['tea'])
    // #region url
    await session.commit() // if something new is to be kept
    response.redirect(303, session.url('/cart'))
    // #endregion
  }
}
