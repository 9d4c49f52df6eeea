import { Exception } from '@adonisjs/core/exceptions'
import { ExceptionHandler } from '@adonisjs/core/http'
import type { HttpContext } from '@adonisjs/core/http'
import { isSojournError } from 'sojourn'
import { refuse } from '#app/refuse'

export default class Handler extends ExceptionHandler {
  protected override debug = false

  override async handle(error: unknown, ctx: HttpContext) {
    if (!isSojournError(error)) return super.handle(error, ctx)
    if ('refusal' in error) return refuse(ctx, error.refusal)
    // Adonis would show its message to the client. The log has it, by `report`.
    return super.handle(new Exception('Internal Server Error', { status: 500 }), ctx)
  }
}
