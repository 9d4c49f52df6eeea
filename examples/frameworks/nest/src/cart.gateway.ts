// #region gateway
import type { IncomingMessage } from 'node:http'
import { MessageBody, type OnGatewayConnection, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import type { Sessions } from 'sojourn'
import { type GatewayClient, InjectSessions, Session, SignedIn, watchClient } from 'sojourn/nest'
import type { Data } from './sessions.js'

@WebSocketGateway()
@SignedIn()
export class CartGateway implements OnGatewayConnection {
  constructor(@InjectSessions() private readonly sessions: Sessions<Data>) {}

  // #region connect
  async handleConnection(client: GatewayClient, request?: IncomingMessage) {
    await watchClient(this.sessions, client, request) // it is disconnected when its session ends
  }
  // #endregion

  @SubscribeMessage('add')
  async add(@MessageBody() item: string, @Session() session: Session<Data>) {
    session.update('cart', (cart = []) => [...cart, item])
    await session.commit() // there is no response to hold: save by hand
    return { event: 'cart', data: await session.get('cart') }
  }
}
// #endregion
