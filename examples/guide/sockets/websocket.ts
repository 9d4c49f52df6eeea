// #region websocket
import type { Server } from 'node:http'
import type { Session, Sessions } from 'sojourn'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

export function addWebSockets(server: Server, sessions: Sessions, origin: string): void {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    const refuse = (status: string): unknown => socket.end(`HTTP/1.1 ${status}\r\n\r\n`)
    if (request.headers.origin !== origin) return refuse('403 Forbidden') // another site's page sends the cookie, too
    void sessions
      .open(request)
      .load()
      .then(
        (session) =>
          session.principal === null
            ? refuse('401 Unauthorized')
            : sockets.handleUpgrade(request, socket, head, (client) => void serve(client, session)),
        () => refuse('503 Service Unavailable'),
      )
  })
}

async function serve(client: WebSocket, session: Session): Promise<void> {
  const live = await session.live()
  live.signal.addEventListener('abort', () => client.close(4401, live.ended))
  client.on('message', () => live.touch()) // who writes is there
  client.on('close', () => live.close())
  client.send(`Hello ${session.principal}`)
}
// #endregion
