import { Inject, UseGuards, mixin } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'
import { firstRefusal } from '../../core/adapters.ts'
import type { Guard } from '../../core/adapters.ts'
import { optionError } from '../../core/basics/errors.ts'
import { parseDuration } from '../../core/basics/time.ts'
import type { Duration } from '../../core/basics/time.ts'
import type { RequestLike } from '../../core/contracts/transport.ts'
import { signInFirst } from '../../auth/guards.ts'
import type { LoginRefusalOptions } from '../../auth/index.ts'
import type { Kit } from './kit.ts'
import { exceptionOf, putHeaders } from './refusal.ts'
import { openedBy } from './session.ts'
import { KIT } from './tokens.ts'

/** What Nest calls before a handler. */
export interface NestGuard {
  canActivate(context: ExecutionContext): Promise<boolean>
}

/** Decorates a controller, a resolver or a gateway, or one of their methods. */
export type NestGuardDecorator = ClassDecorator & MethodDecorator

/**
 * Makes a guard of Nest of guards such as `csrf(sessions)`, for `@UseGuards`, `useGlobalGuards` and `APP_GUARD`.
 *
 * A request that is refused becomes an `HttpException` with the refusal's status, after its headers were set: the
 * application's exception filters may write another body. In a gateway the message is refused as Nest refuses it.
 *
 * @example
 * ```ts from: examples/frameworks/nest/src/main.ts#csrf
 * app.useGlobalGuards(sessionGuard(csrf(app.get<Sessions<Data>>(SESSIONS))))
 * ```
 */
export function sessionGuard<Data extends object>(...guards: readonly Guard<Data>[]): NestGuard {
  return { canActivate: (context) => canActivate(context, guards) }
}

/**
 * Allows users who are signed in; others get 401. With `redirectTo`, a browser that visits a page is sent there
 * instead. If {@link SessionsModule} was given `auth`, it is `auth.requireLogin`: it looks the user up, and ends the
 * sessions of those who are gone or disabled.
 *
 * @example
 * ```ts from: examples/frameworks/nest/src/account.controller.ts#guards
 * @Get('account')
 * @SignedIn({ redirectTo: '/sign-in' }) // browsers are sent there, others get 401
 * async account(@Session() session: Session<Data>) {
 *   const user = (await this.auth.user(session))!
 *   return { name: user.name, cart: (await session.get('cart')) ?? [] }
 * }
 *
 * @Post('account/email')
 * @Fresh('10m') // whose password was checked in the last ten minutes
 * @HttpCode(204)
 * changeEmail() {}
 *
 * @Get('admin')
 * @Allow((user: User) => user.isAdmin) // others get 403
 * admin() {
 *   return 'Only for administrators'
 * }
 * ```
 */
export function SignedIn(options: LoginRefusalOptions = {}): NestGuardDecorator {
  return guardedBy(({ auth }) => auth?.requireLogin(options) ?? requirePrincipal(options))
}

/**
 * Allows users whose last proof of identity is not older than `within`. Others get 401, with the challenge of RFC 9470.
 *
 * @throws ERR_SESSION_DURATION
 */
export function Fresh(within: Duration, options: LoginRefusalOptions = {}): NestGuardDecorator {
  parseDuration(within, 'Fresh')
  return guardedBy(({ auth }) => {
    if (!auth) throw optionError('Fresh: give SessionsModule what createAuth of sojourn/auth returned: { sessions, auth }.')
    return auth.requireFresh(within, options)
  })
}

/**
 * Allows users for whom `allows` returns true. Others get 403; visitors who are not signed in get 401. It needs `auth`,
 * which finds the user; write the user's type: `@Allow((user: User) => user.isAdmin)`.
 *
 * @throws at start: ERR_SESSION_OPTIONS if {@link SessionsModule} was not given `auth`
 */
export function Allow(allows: (user: never, request: RequestLike) => boolean | Promise<boolean>): NestGuardDecorator {
  return guardedBy(({ auth }) => {
    if (!auth) throw optionError('Allow: give SessionsModule what createAuth of sojourn/auth returned: { sessions, auth }.')
    return auth.require(allows as Parameters<typeof auth.require>[0])
  })
}

function requirePrincipal(options: LoginRefusalOptions): Guard<never> {
  return async (request, session) => {
    const { principal } = await session.load()
    return principal === null ? signInFirst({ request, link: undefined }, options) : undefined
  }
}

/** A class of its own for each use, because Nest makes and injects guards by their class. */
function guardedBy(guardOf: (kit: Kit) => Guard<never>): NestGuardDecorator {
  class SessionGuard implements NestGuard {
    readonly #guards: readonly Guard<never>[]

    constructor(kit: Kit) {
      this.#guards = [guardOf(kit)]
    }

    canActivate(context: ExecutionContext): Promise<boolean> {
      return canActivate(context, this.#guards)
    }
  }
  Inject(KIT)(SessionGuard, undefined, 0)
  return UseGuards(mixin(SessionGuard))
}

async function canActivate(context: ExecutionContext, guards: readonly Guard<never>[]): Promise<boolean> {
  const { request, session } = openedBy(context)
  const refusal = await firstRefusal(guards, request, session)
  if (!refusal) return true
  if (context.getType() === 'ws') return false
  if (context.getType() === 'http') putHeaders(context.switchToHttp().getResponse(), refusal)
  throw exceptionOf(refusal)
}
