import { createParamDecorator } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'
import { optionError } from '../../core/basics/errors.ts'
import type { RequestLike } from '../../core/contracts/transport.ts'
import type { Session as Handle } from '../../core/session.ts'
import { openedByClient } from './gateway.ts'
import type { RequestInSession } from './opened.ts'

/**
 * The request of a handler and its session: of HTTP, of a GraphQL resolver, or of a gateway's message.
 *
 * @throws ERR_SESSION_OPTIONS if there is none
 */
export function openedBy(context: ExecutionContext): RequestInSession {
  const type = context.getType<string>()
  if (type === 'ws') return openedByClient(context)
  const request = type === 'graphql' ? requestOfResolver(context) : context.switchToHttp().getRequest<WithSession | undefined>()
  if (!request?.session) throw optionError('There is no session here. Add SessionsModule.forRoot(…) to the imports of the root module.')
  return { request, session: request.session }
}

type WithSession = RequestLike & { readonly session?: Handle<never> }

function requestOfResolver(context: ExecutionContext): WithSession | undefined {
  const { req, request } = context.getArgByIndex<{ req?: WithSession; request?: WithSession } | undefined>(2) ?? {}
  return req ?? request
}

const decorator = createParamDecorator((_data: undefined, context: ExecutionContext) => openedBy(context).session)

/**
 * Parameter decorator: the session of the request, in controllers, in GraphQL resolvers and in gateways. It is also the
 * type of the parameter.
 *
 * In a gateway each message has a handle of its own: `await session.commit()` saves what it changed.
 *
 * @example
 * ```ts from: examples/frameworks/nest/src/cart.controller.ts#session
 * import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common'
 * import { Session } from 'sojourn/nest'
 * import type { Data } from './sessions.js'
 *
 * @Controller('cart')
 * export class CartController {
 *   @Get()
 *   async show(@Session() session: Session<Data>): Promise<string[]> {
 *     return (await session.get('cart')) ?? []
 *   }
 *
 *   @Post(':item')
 *   @HttpCode(204)
 *   add(@Param('item') item: string, @Session() session: Session<Data>): void {
 *     session.update('cart', (cart = []) => [...cart, item]) // saved before the browser hears of it
 *   }
 * }
 * ```
 */
export function Session(): ParameterDecorator {
  return decorator()
}

/** The handle, under the name of its decorator. */
export type Session<Data extends object = Record<string, unknown>> = Handle<Data>
