import { Readable } from 'node:stream'
import { Controller, Get, Module, Req, Res, StreamableFile } from '@nestjs/common'
import type { INestApplication, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Session, SessionsModule } from '../../../src/frameworks/nest/index.ts'
import type { AdapterContractData, AdapterSetup, RouteAnswer } from '../../../src/testing/index.ts'
import { Http1Client } from '../wire/http1.ts'
import { newClass, platforms } from '../nest/application.ts'
import type { Platform } from '../nest/application.ts'
import { served, type Make } from './listen.ts'

type Handle = Session<Partial<AdapterContractData>>

/** What Nest gives a handler to set the status and headers by, on both platforms. */
interface NestResponse {
  header(name: string, value: string): unknown
  status(code: number): unknown
}

/** An application of Nest whose controller has the routes; decorators are called as functions. */
export function nestOn(platform: Platform): Make {
  return async (setup) => {
    const app: INestApplication = await NestFactory.create(moduleWith(setup), platforms[platform](), {
      logger: false,
      forceCloseConnections: true,
    })
    await app.listen(0, '127.0.0.1')
    const origin = await app.getUrl()
    return served(origin, new Http1Client(origin), () => app.close())
  }
}

function moduleWith({ sessions, routes, times }: AdapterSetup): Type {
  // Without `close`: the suite looks at the store after the application has closed.
  const source = { open: sessions.open.bind(sessions), handle: sessions.handle.bind(sessions) }
  const Routes = newClass()
  const Application = newClass()
  for (const { path, handle } of routes) {
    const method = async (session: Handle, request: object, response: NestResponse): Promise<unknown> =>
      answerWith(response, await handle(session, sessions.open(request as never)))
    Object.defineProperty(Routes.prototype, path, { value: method, writable: true, configurable: true })
    Session()(Routes.prototype, path, 0)
    Req()(Routes.prototype, path, 1)
    Res({ passthrough: true })(Routes.prototype, path, 2)
    Get(path)(Routes.prototype, path, Object.getOwnPropertyDescriptor(Routes.prototype, path)!)
  }
  Controller()(Routes)
  Module({ imports: Array.from({ length: times }, () => SessionsModule.forRoot(() => source)), controllers: [Routes] })(Application)
  return Application
}

function answerWith(response: NestResponse, answer: RouteAnswer): unknown {
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.header(name, value)
  if (answer.kind === 'text') response.status(answer.status)
  if (answer.kind === 'empty') response.status(answer.status)
  if (answer.kind === 'text') return answer.body
  if (answer.kind === 'json') return answer.value
  if (answer.kind === 'redirect') {
    response.status(302)
    response.header('location', answer.location)
    return undefined
  }
  return answer.kind === 'stream' ? new StreamableFile(Readable.from(answer.chunks, { objectMode: false })) : undefined
}
