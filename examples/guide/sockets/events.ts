// #region events
import type { Express } from 'express'
import type { Sessions } from 'sojourn'

export function addEvents(app: Express, sessions: Sessions): void {
  app.get('/events', async (req, res) => {
    const session = await sessions.open(req).load()
    if (session.principal === null) return void res.sendStatus(401)
    const live = await session.live()
    res.set('Content-Type', 'text/event-stream').flushHeaders()
    res.write(`data: Hello ${session.principal}\n\n`)
    live.signal.addEventListener('abort', () => res.end(`event: end\ndata: ${live.ended}\n\n`))
    res.on('close', () => live.close())
  })
}
// #endregion
