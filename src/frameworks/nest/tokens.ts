import { Inject } from '@nestjs/common'
import type { Type } from '@nestjs/common'
import type { Auth } from '../../auth/index.ts'
import type { Sessions } from '../../core/sessions.ts'

/** In the form of a class, which gives `app.get(SESSIONS)` its type, and a name to Nest's errors. */
function tokenOf(name: string): Type<never> {
  return Object.defineProperty(() => undefined, 'name', { value: name }) as unknown as Type<never>
}

/** The injection token of the sessions: `app.get(SESSIONS)`, `inject: [SESSIONS]`. */
export const SESSIONS: Type<Sessions> = tokenOf('SESSIONS')

/** The injection token of what `createAuth` returned, if the module was given it. */
export const AUTH: Type<Auth<object>> = tokenOf('AUTH')

/** The injection token of what the module works with. */
export const KIT: Type<unknown> = tokenOf('SessionsModule')

/**
 * Parameter or property decorator: injects the sessions that {@link SessionsModule} was given.
 *
 * @example
 * ```ts from: examples/frameworks/nest/src/devices.controller.ts#inject
 * import { Controller, Get, HttpCode, Post } from '@nestjs/common'
 * import type { Sessions } from 'sojourn'
 * import { InjectSessions, Session, SignedIn } from 'sojourn/nest'
 * import type { Data } from './sessions.js'
 *
 * @Controller('devices')
 * @SignedIn()
 * export class DevicesController {
 *   constructor(@InjectSessions() private readonly sessions: Sessions<Data>) {}
 *
 *   @Get()
 *   async list(@Session() session: Session<Data>) {
 *     const { principal } = await session.load()
 *     return this.sessions.of(principal!).list()
 *   }
 *
 *   @Post('end-others')
 *   @HttpCode(204)
 *   async endOthers(@Session() session: Session<Data>) {
 *     const { principal } = await session.load()
 *     await this.sessions.of(principal!).revokeAll({ except: session })
 *   }
 * }
 * ```
 */
export function InjectSessions(): PropertyDecorator & ParameterDecorator {
  return Inject(SESSIONS)
}

/** Parameter or property decorator: injects what `createAuth` returned. */
export function InjectAuth(): PropertyDecorator & ParameterDecorator {
  return Inject(AUTH)
}
