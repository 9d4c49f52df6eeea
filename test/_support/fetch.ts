import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A Fetch handler behind node:http, as small as can be. */
export function listenWith(handler: (request: Request) => Promise<Response>): RequestListener {
  return (request, response) => void answer(handler, request, response)
}

async function answer(handler: (request: Request) => Promise<Response>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string])
    const body = await buffer(request)
    const init = { method: request.method!, headers, ...(body.length > 0 && { body }) }
    const {
      status,
      headers: answered,
      ...rest
    } = await collect(await handler(new Request(`http://${request.headers.host}${request.url}`, init)))
    response.statusCode = status
    for (const [name, value] of answered) response.appendHeader(name, value)
    response.end(rest.body)
  } catch (error) {
    response.statusCode = 500
    response.end((error as Error).message)
  }
}

async function collect(response: Response): Promise<{ status: number; headers: Headers; body: string }> {
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** An upload of so many bytes, made only as it is read; `sent` tells how many were. */
export function uploadOf(bytes: number): { stream: ReadableStream<Uint8Array>; sent: () => number } {
  const size = 64 * 1024
  let sent = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (sent >= bytes) return controller.close()
    controller.enqueue(new Uint8Array(size))
    sent += size
  }
  // Nothing is made in advance.
  return { stream: new ReadableStream({ pull }, { highWaterMark: 0 }), sent: () => sent }
}
