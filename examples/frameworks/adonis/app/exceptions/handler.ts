import { ExceptionHandler } from '@adonisjs/core/http'

export default class Handler extends ExceptionHandler {
  protected override debug = false
}
