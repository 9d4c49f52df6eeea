import { Inject } from '@nestjs/common'
import type { Type } from '@nestjs/common'
import type { Auth } from '../../auth/index.ts'
import type { Sessions } from '../../core/sessions.ts'

// Classes, because Nest names the class in its errors, and `app.get(SESSIONS)` then has a type.

/** The injection token of the sessions: `app.get(SESSIONS)`, `inject: [SESSIONS]`. */
export const SESSIONS: Type<Sessions> = class SESSIONS {} as Type<Sessions>

/** The injection token of what `createAuth` returned, if the module was given it. */
export const AUTH: Type<Auth<object>> = class AUTH {} as Type<Auth<object>>

/** The injection token of what the module works with. */
export const KIT: Type<unknown> = class SessionsModuleKit {} as Type<unknown>

/**
 * Parameter or property decorator: injects the sessions that {@link SessionsModule} was given.
 *
 * @example
 * ```ts from: examples/frameworks/nest/src/devices.controller.ts#inject
 * ```
 */
export function InjectSessions(): PropertyDecorator & ParameterDecorator {
  return Inject(SESSIONS)
}

/** Parameter or property decorator: injects what `createAuth` returned. */
export function InjectAuth(): PropertyDecorator & ParameterDecorator {
  return Inject(AUTH)
}
