/**
 * The way from a failed save to a failure response, past a handler that may still be writing the response it meant.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { removeRepresentation } from './headers.ts'
import { clearStatusMessage, isGone } from './response.ts'

/**
 * Detaches what was piped into the response. The sources are destroyed, and a producer that waits for drain is woken,
 * only when the response has closed: a `pipeline` whose source is destroyed earlier destroys the response too, and the
 * client would get no answer.
 *
 * @returns whether one of them is just ending: its `pipeline` then ends the response, and not the failure response's
 *   writer
 */
export function dropSources(response: ServerResponse, sources: readonly Readable[], stalled: boolean): () => boolean {
  let isEnding = false
  for (const source of sources) {
    source.unpipe(response)
    source.prependListener('end', () => {
      isEnding = true
    })
    source.on('end', () => {
      isEnding = false
    })
  }
  const drop = (): void => {
    for (const source of sources) {
      // Destroying the request would end the connection; read to its end, it can carry the next one.
      if (source === (response.req as unknown)) source.resume()
      else source.destroy()
    }
    if (stalled) response.emit('drain')
  }
  if (response.closed) drop()
  else response.once('close', drop)
  return () => isEnding
}

/**
 * Runs `fail`, and from then on tells the failure response from late writes of the handler. Late are writes before any
 * header of the failure response, unless `fail` itself makes them or a new source was piped in, and all that come after
 * its end, and the end of what was piped before: node would raise an error for those, which nobody listens to.
 */
export function awaitFailureResponse(response: ServerResponse, error: unknown, isSourceEnding: () => boolean, fail: () => void): void {
  const { write, end } = response as { write: (...args: unknown[]) => boolean; end: (...args: unknown[]) => ServerResponse }
  let isFailing = true
  let isPiped = false
  let isEnding = false
  response.once('pipe', () => {
    isPiped = true
  })
  const isLate = (): boolean => response.writableEnded || isGone(response)
  Object.assign(response, {
    write(...args: unknown[]): boolean {
      if (!isEnding && (isLate() || (!isFailing && !isPiped && !response.headersSent))) return answerCallback(args, error)
      return write.apply(response, args)
    },
    end(...args: unknown[]): ServerResponse {
      if (isLate() || isSourceEnding()) {
        answerCallback(args, error)
        return response
      }
      // HTTP/2's own writes its last chunk by `write`.
      isEnding = true
      try {
        return end.apply(response, args)
      } finally {
        isEnding = false
      }
    },
  })
  fail()
  isFailing = false
}

/** For an error path that fails itself: the process is told, and the client gets a plain 500, or no whole response. */
export function sendBareFailure(response: ServerResponse, error: unknown): void {
  const [message, detail] = error instanceof Error ? [error.message, error.stack] : [String(error), undefined]
  process.emitWarning(`The error path of a response failed itself: ${message}`, {
    type: 'SojournWarning',
    ...(detail !== undefined && { detail }),
  })
  sendPlainFailure(response)
}

/** A plain 500 that tells no details. If the response has begun, it is broken off. */
export function sendPlainFailure(response: ServerResponse): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy()
    return
  }
  removeRepresentation(response)
  response.statusCode = 500
  clearStatusMessage(response)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Cache-Control', 'no-store')
  response.end('Internal Server Error')
}

/**
 * Tells the callback of a `write` or `end` that will never happen. Answers true, so that a producer runs on to its end
 * and releases what it holds instead of waiting for a drain that cannot come.
 */
export function answerCallback(args: readonly unknown[], error: unknown): true {
  const callback = args.findLast((argument) => typeof argument === 'function') as ((error: unknown) => void) | undefined
  if (callback) process.nextTick(callback, error)
  return true
}
