import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { csrf } from 'sojourn/auth'
import { refuse } from '#app/refuse'
import { sessions } from '#start/sessions'

const guard = csrf(sessions)

export default class CsrfMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const refusal = await guard(ctx.request.request, ctx.session)
    return refusal ? refuse(ctx, refusal) : next()
  }
}
