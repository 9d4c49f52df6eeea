import { Logger } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'
import type { SessionSource } from '../../core/adapters.ts'
import { optionError } from '../../core/basics/errors.ts'
import type { RequestLike } from '../../core/contracts/transport.ts'
import type { Live } from '../../core/features/live.ts'
import type { Session } from '../../core/session.ts'
import type { RequestInSession } from './opened.ts'

/** The request that a connection began with. */
export type Handshake = Pick<RequestLike, 'headers' | 'url'>

/** A client of a gateway, of `ws` or of Socket.IO. */
export interface GatewayClient {
  on(event: string, listener: () => void): unknown
  /** Only a client of `ws` has it. */
  close?(code: number, reason: string): unknown
  /** Only a client of Socket.IO has it. */
  disconnect?(close: boolean): unknown
  /** Only a client of Socket.IO has it. */
  onAny?(listener: () => void): unknown
  /** Only a client of Socket.IO has it. */
  readonly request?: Handshake
}

interface Connection {
  readonly sessions: SessionSource<never>
  readonly handshake: Handshake
}

const connections = new WeakMap<object, Connection>()

/** WebSocket close codes (RFC 6455, 7.4): one of the application, and "internal error". */
const ENDED = 4401
const FAILED = 1011

/**
 * For `handleConnection` of a gateway: connects a client to the session of its handshake. {@link Session} and the
 * guards find it at each message, messages extend the idle deadline, and the client is disconnected within about a
 * second after the session has ended.
 *
 * It admits everybody: look at `principal` of the returned session. Browsers let pages of other sites connect too, so
 * compare the handshake's `Origin`, or put the guard `csrf` before the messages.
 *
 * If the store fails, the client is disconnected, the error is logged, and `undefined` is returned: an error that is
 * thrown in `handleConnection` would end the process.
 *
 * @param handshake the second argument of `handleConnection`, with `ws`; Socket.IO's client has it
 * @example
 * ```ts from: examples/frameworks/nest/src/cart.gateway.ts#connect
 * async handleConnection(client: GatewayClient, request?: IncomingMessage) {
 *   await watchClient(this.sessions, client, request) // it is disconnected when its session ends
 * }
 * ```
 *
 * @throws ERR_SESSION_OPTIONS without a handshake
 */
export async function watchClient<Data extends object>(
  sessions: SessionSource<Data>,
  client: GatewayClient,
  handshake: Handshake | undefined = client.request,
): Promise<Session<Data> | undefined> {
  if (!handshake) throw optionError('watchClient: with ws, give it the second argument of handleConnection(client, request) too.')
  // At once, because a message may come before the store has answered.
  connections.set(client, { sessions: sessions as unknown as SessionSource<never>, handshake })
  const watching = new Watching(client)
  try {
    const session = await sessions.open(headOf(handshake)).load()
    if (session.id !== undefined) watching.begin(await session.live())
    return session
  } catch (error) {
    new Logger('sojourn').error(error)
    disconnect(client, FAILED, 'The session could not be read.')
    return undefined
  }
}

class Watching {
  readonly #client: GatewayClient
  #live: Live | undefined
  #isGone = false

  constructor(client: GatewayClient) {
    this.#client = client
    client.on(client.disconnect ? 'disconnect' : 'close', () => {
      this.#isGone = true
      this.#live?.close()
    })
    const touch = (): void => this.#live?.touch()
    if (client.onAny) client.onAny(touch)
    else client.on('message', touch)
  }

  begin(live: Live): void {
    this.#live = live
    if (this.#isGone) live.close()
    live.signal.addEventListener('abort', () => disconnect(this.#client, ENDED, live.ended ?? ''))
  }
}

function disconnect(client: GatewayClient, code: number, reason: string): void {
  if (client.disconnect) client.disconnect(true)
  else client.close?.(code, reason)
}

/**
 * A new object each time, because the handle is kept on it. Without a method, so that a guard does not take it for a
 * read.
 */
function headOf({ headers, url }: Handshake): RequestLike {
  return { headers, url }
}

const messages = new WeakMap<readonly unknown[], RequestInSession>()

/** The session of a gateway's message: one handle for each message, because a handle keeps what it has read. */
export function openedByClient(context: ExecutionContext): RequestInSession {
  // Nest passes one array of arguments to the guards and the parameters of a message.
  const args = context.getArgs()
  const known = messages.get(args)
  if (known) return known
  const connection = connections.get(context.switchToWs().getClient<object>())
  if (!connection) throw optionError('The gateway does not know the session of its client. Call watchClient in its handleConnection.')
  const request = headOf(connection.handshake)
  const opened = { request, session: connection.sessions.open(request) }
  messages.set(args, opened)
  return opened
}
