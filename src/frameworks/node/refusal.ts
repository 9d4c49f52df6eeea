import type { ServerResponse } from 'node:http'
import { isAppended } from '../../core/basics/refusal.ts'
import type { Refusal } from '../../core/basics/refusal.ts'

/** Answers with a refusal; what was set of the response before, such as CORS, stays. */
export function writeRefusal(response: ServerResponse, refusal: Refusal): void {
  putRefusal(response, refusal)
  response.end(refusal.body)
}

/** All of a refusal but its body. */
export function putRefusal(response: ServerResponse, { status, headers }: Refusal): void {
  response.statusCode = status
  for (const [name, value] of headers) {
    if (isAppended(name)) response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
}
