import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { around } from 'sojourn/node'
import { sessions } from '#start/sessions'

declare module '@adonisjs/core/http' {
  interface HttpContext {
    session: ReturnType<typeof sessions.open>
  }
}

export default class SessionMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const run = (session: HttpContext['session']) => {
      ctx.session = session
      return next()
    }
    await around(sessions, ctx.request.request, ctx.response.response, run, { address: ctx.request.ip() })
  }
}
