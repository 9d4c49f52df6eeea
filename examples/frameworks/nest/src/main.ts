// #region main
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import type { Sessions } from 'sojourn'
import { csrf } from 'sojourn/auth'
import { SESSIONS, sessionGuard } from 'sojourn/nest'
import { AppModule } from './app.module.js'
import type { Data } from './sessions.js'

async function main(): Promise<void> {
  const isFastify = process.argv.includes('fastify')
  const app = await NestFactory.create(AppModule, isFastify ? new FastifyAdapter() : new ExpressAdapter())
  app.useWebSocketAdapter(process.env.SOCKETS === 'socket.io' ? new IoAdapter(app) : new WsAdapter(app))
  // #region csrf
  app.useGlobalGuards(sessionGuard(csrf(app.get<Sessions<Data>>(SESSIONS))))
  // #endregion
  app.enableShutdownHooks() // closes the sessions at SIGTERM
  await app.listen(process.env.PORT ?? 3000, process.env.HOST ?? '127.0.0.1')
}

void main()
// #endregion
