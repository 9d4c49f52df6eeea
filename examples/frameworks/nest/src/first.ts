// #region first
import 'reflect-metadata'
import { Controller, Get, Module, Post, Redirect } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express' // or FastifyAdapter of '@nestjs/platform-fastify'
import { Session, SessionsModule, SignedIn } from 'sojourn/nest'
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

  @Post('login')
  @Redirect('/account')
  async login(@Session() session: Session<Data>) {
    await session.login('user-42') // check a password before; a new token, and the visits stay
  }

  @Get('account')
  @SignedIn() // others get 401
  async account(@Session() session: Session<Data>) {
    const { principal } = await session.load()
    return `You are ${principal}, and have been here ${await session.get('visits')} times`
  }

  @Post('logout')
  @Redirect('/')
  async logout(@Session() session: Session<Data>) {
    await session.logout()
  }
}

// #region forRoot
@Module({
  imports: [
    SessionsModule.forRoot({
      secrets: [process.env.SESSION_SECRET!], // 32 random characters or more
      store: sqliteStore('sessions.db'),
    }),
  ],
  controllers: [AppController],
})
class AppModule {}
// #endregion

async function main() {
  const app = await NestFactory.create(AppModule, new ExpressAdapter())
  app.enableShutdownHooks() // closes the sessions at SIGTERM
  await app.listen(process.env.PORT ?? 3000)
}

void main()
// #endregion
