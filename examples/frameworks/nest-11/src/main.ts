import 'reflect-metadata'
import type { IncomingMessage } from 'node:http'
import { Controller, Get, HttpCode, Module, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { createSessions, type Sessions } from 'sojourn'
import { type GatewayClient, InjectSessions, Session, SessionsModule, SignedIn, watchClient } from 'sojourn/nest'
import { sqliteStore } from 'sojourn/stores/sqlite'

interface Data {
  visits?: number
}

@Controller()
class AppController {
  @Get()
  async visits(@Session() session: Session<Data>) {
    session.increment('visits')
    return `Visit number ${await session.get('visits')}`
  }

  @Post('sign-in')
  @HttpCode(204)
  async signIn(@Session() session: Session<Data>) {
    await session.login('user-1')
  }

  @Get('account')
  @SignedIn()
  async account(@Session() session: Session<Data>) {
    return { principal: session.principal, visits: await session.get('visits') }
  }

  @Post('sign-out')
  @HttpCode(204)
  async signOut(@Session() session: Session<Data>) {
    await session.logout()
  }

  /** The save fails, because `fn` throws when it is applied. */
  @Post('fail-to-save')
  failToSave(@Session() session: Session<Data>) {
    session.update('visits', () => {
      throw new Error('a secret of the application')
    })
  }
}

@WebSocketGateway()
class VisitsGateway {
  constructor(@InjectSessions() private readonly sessions: Sessions<Data>) {}

  async handleConnection(client: GatewayClient, request: IncomingMessage) {
    await watchClient(this.sessions, client, request)
  }

  @SubscribeMessage('visits')
  @SignedIn()
  async visits(@Session() session: Session<Data>) {
    session.increment('visits')
    await session.commit()
    return { event: 'visits', data: await session.get('visits') }
  }
}

@Module({
  imports: [
    SessionsModule.forRootAsync({
      useFactory: () =>
        createSessions<Data>({
          secrets: [process.env.SESSION_SECRET!],
          store: sqliteStore(process.env.SESSIONS_FILE ?? 'sessions.db'),
        }),
    }),
  ],
  controllers: [AppController],
  providers: [VisitsGateway],
})
class AppModule {}

const app = await NestFactory.create(AppModule, process.argv.includes('fastify') ? new FastifyAdapter() : new ExpressAdapter())
app.useWebSocketAdapter(new WsAdapter(app))
app.enableShutdownHooks()
await app.listen(process.env.PORT ?? 3000, process.env.HOST ?? '127.0.0.1')
