import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSessions } from 'sojourn'
import { around } from 'sojourn/node'

const sessions = createSessions<{ visits: number }>({ development: true })

// #region around
async function middleware(request: IncomingMessage, response: ServerResponse, next: () => Promise<void>): Promise<void> {
  await around(sessions, request, response, next)
}
// #endregion

const server = createServer((request, response) => {
  const handling = middleware(request, response, async () => {
    const session = sessions.open(request)
    session.increment('visits')
    const body = `Visit number ${await session.get('visits')}`
    response.end(body)
  })
  handling.catch(() => {
    response.statusCode = 500
    response.end('failed')
  })
})

export { server }
