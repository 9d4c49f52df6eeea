import type { HttpContext } from '@adonisjs/core/http'
import type { Refusal } from 'sojourn'

/** Answers with a refusal: of a guard, or of a throttled sign-in. */
export function refuse({ response }: HttpContext, { status, headers, body }: Refusal) {
  for (const [name, value] of headers) response.append(name, value)
  response.status(status).send(body)
}
