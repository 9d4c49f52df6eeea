import { Router } from 'express'
import type { ShopSessions } from '../sessions.ts'

/** Tells an open page when its session ends, wherever that happens. */
export function liveRoutes(sessions: ShopSessions): Router {
  const router = Router()

  router.get('/live', async (req, res) => {
    const session = await sessions.open(req).load()
    // Nothing to watch: the page does not ask again.
    if (session.isNew) return void res.status(204).end()
    const live = await session.live()
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders()
    live.signal.addEventListener('abort', () => res.end(`event: ended\ndata: ${live.ended}\n\n`))
    res.on('close', () => live.close())
  })

  return router
}
