// #region socket-io
import type { Server, Socket } from 'socket.io'
import type { Session, Sessions } from 'sojourn'

export function addSocketIo(io: Server, sessions: Sessions): void {
  io.use((socket, next) => void admit(sessions.open(socket.request), next))
  io.on('connection', (socket) => void serve(socket, sessions.open(socket.request)))
}

async function admit(session: Session, next: (error?: Error) => void): Promise<void> {
  try {
    const { principal } = await session.load()
    next(principal === null ? new Error('unauthorized') : undefined)
  } catch (error) {
    next(error as Error)
  }
}

async function serve(socket: Socket, session: Session): Promise<void> {
  const live = await session.live()
  live.signal.addEventListener('abort', () => {
    socket.emit('ended', live.ended)
    socket.disconnect(true)
  })
  socket.onAny(() => live.touch())
  socket.on('disconnect', () => live.close())
  socket.emit('hello', session.principal)
}
// #endregion
