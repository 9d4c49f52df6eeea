import type { RequestListener } from 'node:http'
import { H3, useSession } from 'h3'
import { toNodeHandler } from 'h3/node'
import { session as ours } from 'sojourn/h3'
import type { Contestant } from '../contestants.ts'
import type { Data } from '../data.ts'
import { IDLE, ourSessions, secret } from '../places.ts'
import type { Setting } from '../places.ts'
import { visitBag, visitHandle, visitNothing } from '../visits.ts'

export async function h3Listener(library: Contestant['library'], setting: Setting): Promise<RequestListener> {
  const app = new H3()
  if (library === 'sojourn') {
    const sessions = await ourSessions(setting)
    app.use(ours(sessions))
    app.get('/**', (event) => visitHandle(event.url.pathname, sessions.open(event.req)))
  } else if (library === 'h3 useSession') {
    app.get('/**', async (event) => {
      const path = event.url.pathname
      // A handler that does not need the session does not ask for it.
      if (path === '/untouched') return visitNothing(path)
      const session = await useSession<Data>(event, { password: secret, maxAge: IDLE / 1_000 })
      const bag = { ...session.data }
      const answer = await visitBag(path, bag)
      if (path !== '/read' && path !== '/told') await session.update(bag)
      return answer
    })
  } else app.get('/**', (event) => visitNothing(event.url.pathname))
  const listener = toNodeHandler(app)
  return (request, response) => void listener(request, response)
}
