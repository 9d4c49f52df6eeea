import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { csrf } from 'sojourn/auth'
import { sessions } from '#start/sessions'

const refusalOf = csrf(sessions)

export default class CsrfMiddleware {
  async handle({ request, response, session }: HttpContext, next: NextFn) {
    const refusal = await refusalOf(request.request, session)
    if (!refusal) return next()
    for (const [name, value] of refusal.headers) response.append(name, value)
    response.status(refusal.status).send(refusal.body)
  }
}
