/**
 * The application of one engine: what a request can ask of its session.
 *
 * @module
 */
import type { RequestListener, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { session } from '../../src/frameworks/node/index.ts'
import type { Session, Sessions } from '../../src/index.ts'
import type { Census } from './census.ts'

export interface Basket {
  visits?: number
  cart?: readonly string[]
}

/** @param census is told of all that should be gone when its request or connection is */
export function shopOf(sessions: Sessions<Basket>, census: Census): RequestListener {
  return session(sessions, async (request, response, visit) => {
    census.register('requests', request)
    census.register('responses', response)
    census.register('handles of sessions', visit)
    const { pathname, searchParams } = new URL(request.url!, 'http://shop.example')
    const user = searchParams.get('user') ?? 'nobody'
    switch (pathname.split('/')[2]) {
      case 'read':
        return void response.end(String((await visit.get('visits')) ?? 0))
      case 'write':
        write(visit)
        return void response.end('written')
      case 'slow':
        write(visit)
        return sendSlowly(response)
      case 'sign-in':
        await visit.login(user, { remember: searchParams.has('remember') })
        return void response.end('welcome')
      case 'rotate':
        await visit.rotate()
        return void response.end('rotated')
      case 'sign-out':
        await visit.logout()
        return void response.end('goodbye')
      case 'revoke-all':
        return void response.end(String(await sessions.of(user).revokeAll()))
      case 'events':
        return events(sessions, response, visit, census)
      default:
        response.statusCode = 404
        response.end()
    }
  })
}

function write(visit: Session<Basket>): void {
  visit.increment('visits')
  visit.update('cart', (cart = []) => [...cart.slice(-4), `product-${cart.length}`])
}

async function sendSlowly(response: ServerResponse): Promise<void> {
  for (let part = 0; part < 4; part++) {
    response.write('x'.repeat(10_000))
    await setTimeout(20)
  }
  response.end()
}

/** Server-sent events, as the guide has them, with a listener of events beside. */
async function events(sessions: Sessions<Basket>, response: ServerResponse, visit: Session<Basket>, census: Census): Promise<void> {
  if ((await visit.load()).principal === null) {
    response.statusCode = 401
    return void response.end()
  }
  const live = census.register('watched connections', await visit.live())
  census.register('their signals', live.signal)
  // If the client left while the session was read, there is no event `close`.
  if (response.closed) return
  const stop = sessions.on(
    'revoked',
    census.register('listeners of events', () => {}),
  )
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  response.write('data: hello\n\n')
  live.signal.addEventListener('abort', () => response.end(`event: end\ndata: ${live.ended}\n\n`))
  response.on('close', () => {
    live.close()
    stop()
  })
  live.touch()
}
