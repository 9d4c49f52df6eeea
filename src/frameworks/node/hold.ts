/**
 * The hold: keeps a response back until its sessions are saved (promise P3), on node:http, node:http2 and all that
 * stands on them.
 *
 * It arms at the first recorded change, not when the request comes in: so it is outermost, whatever the order of
 * middleware, and a request that changes nothing keeps its own methods. The first call that would send something saves.
 * If the store answers at once, that call goes straight on, and nothing was held. Otherwise calls queue, and are
 * replayed in order after the save, or dropped for a failure response.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { isLater } from '../../core/basics/answer.ts'
import type { Answer } from '../../core/basics/answer.ts'
import { SojournError } from '../../core/basics/errors.ts'
import type { Committable } from '../../core/contracts/exchange.ts'
import { gateBelow } from './below.ts'
import type { Below, Gate } from './below.ts'
import { answerCallback, awaitFailureResponse, dropSources, sendBareFailure } from './failure.ts'
import { MARK, markFailure, markResponse, removeRepresentation } from './headers.ts'
import type { MarkedResponse } from './headers.ts'
import { Pretence } from './pretence.ts'
import {
  clearStatusMessage,
  forgetBody,
  forgetTrailers,
  headersSentError,
  isGone,
  setStatusLine,
  statusLineOf,
  streamOf,
} from './response.ts'
import type { StatusLine } from './response.ts'

/**
 * From here on `write` returns false. No less than zlib's: a `compression` below the hold then meets its own limit in
 * the replay and drains by itself.
 */
const HIGH_WATER = 64 * 1024
/** What a producer that ignores the false may queue. */
const MAX_BYTES = 16 * 1024 * 1024

const HOLD: unique symbol = Symbol('sojourn.hold')

/** A response that may be held. */
type HeldResponse = MarkedResponse & { [HOLD]?: Hold }

type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders'
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** The framework's error path for a failed save. */
export interface FailurePath {
  /** Called at most once, with the response ready for a new answer. */
  failed(error: unknown): void
}

/**
 * Holds a response back until a session is saved; several sessions may share a response, and are saved at the same
 * time.
 *
 * @param vary the request header that the response depends on
 * @throws ERR_SESSION_HEADERS_SENT or ERR_SESSION_COMMITTED when it is too late.
 */
export function hold(serverResponse: ServerResponse, session: Committable, vary: string | undefined, path: FailurePath): void {
  const response = serverResponse as HeldResponse
  const existing = response[HOLD]
  if (existing?.phase !== 'armed') checkNotTooLate(response, existing)
  const current = existing ?? arm(response, path)
  if (!current.sessions.includes(session)) current.sessions.push(session)
  if (vary !== undefined) addTo(current.varies, vary)
}

/**
 * If a response is held, its mark is set below the hold, after the save: notes what it depends on. Whether it is held.
 */
export function noteDependence(serverResponse: ServerResponse, vary: string): boolean {
  const current = (serverResponse as HeldResponse)[HOLD]
  if (current?.phase !== 'armed') return false
  addTo(current.varies, vary)
  return true
}

/**
 * If a response is waiting for its save: resolves when what was held has gone out, or has been dropped and the error
 * path was told. Never rejects.
 */
export function settling(serverResponse: ServerResponse): Promise<void> | undefined {
  return (serverResponse as HeldResponse)[HOLD]?.settling
}

function addTo(varies: string[], vary: string): void {
  if (!varies.includes(vary)) varies.push(vary)
}

function checkNotTooLate(response: HeldResponse, existing: Hold | undefined): void {
  if (existing?.phase === 'failed') {
    throw new SojournError(
      'ERR_SESSION_COMMITTED',
      'The session was changed after saving it had failed; it can no longer be saved with this response.',
    )
  }
  if (response.writableEnded) {
    throw new SojournError(
      'ERR_SESSION_COMMITTED',
      'The session was changed after the response had ended. Change it before, or open it in the next request. Was an `await` forgotten?',
    )
  }
  // A listener that runs in the replay changes it while the headers go out.
  if (response.headersSent || existing) {
    throw new SojournError(
      'ERR_SESSION_HEADERS_SENT',
      'The session was changed after the headers had been sent. Change it before the first write. Was an `await` forgotten?',
    )
  }
}

/** Plain stores of shared functions: they cost nothing, and leave the response the shape that node knows. */
function arm(response: HeldResponse, path: FailurePath): Hold {
  const armed = new Hold(response, path)
  response[HOLD] = armed
  response.writeHead = heldWriteHead as HeldResponse['writeHead']
  response.write = heldWrite as HeldResponse['write']
  response.end = heldEnd as HeldResponse['end']
  response.flushHeaders = heldFlushHeaders
  response.on('pipe', rememberSource)
  return armed
}

function heldWriteHead(this: HeldResponse, ...args: unknown[]): unknown {
  const current = this[HOLD]!
  if (current.isEndedBelow) throw current.giveUp()
  if (current.phase === 'armed') current.commit()
  if (current.phase === 'passing') return current.pass('writeHead', args)
  if (current.phase === 'failed') return this
  if (current.isHoldingCalls) throw headersSentError()
  current.queue('writeHead', args)
  if (typeof args[0] === 'number') this.statusCode = args[0]
  return this
}

function heldWrite(this: HeldResponse, ...args: unknown[]): boolean {
  const current = this[HOLD]!
  if (current.phase === 'armed') current.commit()
  if (current.phase === 'passing') return current.pass('write', args) as boolean
  if (current.phase === 'failed') return answerCallback(args, current.error)
  return current.queueWrite(args)
}

function heldEnd(this: HeldResponse, ...args: unknown[]): unknown {
  const current = this[HOLD]!
  if (current.phase === 'armed') current.commit()
  if (current.phase === 'passing') return current.pass('end', args)
  if (current.phase === 'failed') answerCallback(args, current.error)
  else current.queueEnd(args)
  return this
}

function heldFlushHeaders(this: HeldResponse): void {
  const current = this[HOLD]!
  // As node does. A compression above the hold must choose its encoding before it sees the first write.
  if (current.phase === 'armed' && (this.writeHead as unknown) !== heldWriteHead) this.writeHead(this.statusCode)
  if (current.phase === 'armed') current.commit()
  if (current.phase === 'passing') current.pass('flushHeaders', [])
  else if (current.phase === 'committing') current.queue('flushHeaders', [])
}

function rememberSource(this: HeldResponse, source: Readable): void {
  this[HOLD]!.sources.push(source)
}

/**
 * Armed until something would be sent, committing until the outcome is known, then passing everything on, or failed.
 */
class Hold implements Gate {
  phase: 'armed' | 'committing' | 'passing' | 'failed' = 'armed'
  readonly sessions: Committable[] = []
  /** The request headers that the response depends on. */
  readonly varies: string[] = []
  readonly sources: Readable[] = []
  /** Why it failed. */
  error: unknown
  settling: Promise<void> | undefined
  readonly #response: HeldResponse
  readonly #path: FailurePath
  // The methods as they were when armed: those to go on to, and those that others may wrap until a failure.
  #writeHead: unknown
  readonly #write: unknown
  readonly #end: unknown
  readonly #flushHeaders: unknown
  readonly #on: unknown
  readonly #addListener: unknown
  readonly #flush: unknown
  readonly #below: Below | undefined
  /** What follows the first held call can no longer change it, in the replay neither. */
  #statusLine: StatusLine
  #pretence: Pretence | undefined
  #calls: { readonly method: Method; readonly args: unknown[] }[] = []
  #bytes = 0
  #isStalled = false
  #isEnded = false

  constructor(response: HeldResponse, path: FailurePath) {
    this.#response = response
    this.#path = path
    this.#writeHead = response.writeHead
    this.#write = response.write
    this.#end = response.end
    this.#flushHeaders = response.flushHeaders
    this.#on = response.on
    this.#addListener = response.addListener
    this.#flush = response.flush
    this.#below = gateBelow(response, this)
    this.#statusLine = statusLineOf(response)
  }

  get isHoldingCalls(): boolean {
    return this.#calls.length > 0
  }

  pass(method: Method, args: unknown[]): unknown {
    return Reflect.apply(this.#methodOf(method) as AnyFunction, this.#response, args)
  }

  queue(method: Method, args: unknown[]): void {
    if (this.#calls.length === 0) {
      this.#statusLine = statusLineOf(this.#response)
      this.#pretence ??= new Pretence(this.#response)
      this.#pretence.begin()
    }
    this.#calls.push({ method, args })
  }

  queueWrite(args: unknown[]): boolean {
    this.queue('write', args)
    this.#bytes += byteLength(args[0], args[1])
    if (this.#bytes > MAX_BYTES) {
      this.#failed(
        new SojournError(
          'ERR_SESSION_RESPONSE_OVERFLOW',
          'More than 16 MiB were written while the session was being saved. Wait for drain when write answers false.',
        ),
      )
      return true
    }
    this.#isStalled ||= this.#bytes >= HIGH_WATER
    return !this.#isStalled
  }

  queueEnd(args: unknown[]): void {
    this.queue('end', args)
    if (this.#isEnded) return
    this.#isEnded = true
    this.#pretence!.end()
  }

  /** HTTP/2's own `end`, past the hold, says that the response has ended before it calls `writeHead`. */
  get isEndedBelow(): boolean {
    const isWaiting = this.phase === 'armed' || this.phase === 'committing'
    return isWaiting && !this.#isEnded && this.#response.writableEnded && streamOf(this.#response) !== undefined
  }

  /**
   * And ignores whatever follows, an error page too: only its stream can still answer. Returns the error for its
   * caller.
   */
  giveUp(): SojournError {
    const error = lookedUpError()
    this.#enterFailure(error)
    const stream = streamOf(this.#response)!
    if (!stream.destroyed && !stream.closed) {
      const bare = [{ ':status': 500, 'Cache-Control': 'no-store' }, { endStream: true }]
      Reflect.apply(stream.respond as AnyFunction, stream, bare)
    }
    return error
  }

  /**
   * Something is about to be sent past the hold: by a method that was looked up before. It fails, as if it had not been
   * called.
   */
  letPass(byName: boolean): void {
    if (this.phase === 'passing' || this.phase === 'failed') return
    const response = this.#response
    // Node's own `write` and `end` go by the name of `writeHead`, and so does a compression above the hold.
    if (byName && (this.phase === 'committing' || (response.end as unknown) !== heldEnd)) return
    if (this.phase === 'armed' && this.#isSavedByHand) this.commit()
    if ((this.phase as string) === 'passing') return
    if (!this.#isEnded) this.#takeBack()
    throw lookedUpError()
  }

  get #isSavedByHand(): boolean {
    return this.sessions.every(({ isChanged }) => isChanged === false)
  }

  #takeBack(): void {
    const response = this.#response
    this.#pretence?.stop()
    setStatusLine(response, this.#statusLine)
    forgetBody(response)
    this.#calls = []
    this.#bytes = 0
  }

  /** Saves: afterwards the response passes everything on, or calls queue until the outcome is known. */
  commit(): void {
    let committing: Answer<unknown>
    try {
      committing = commitAll(this.sessions)
    } catch (error) {
      // Not now: the handler that called `end` is not to be interrupted by an error page.
      committing = rejected(error)
    }
    if (isLater(committing)) this.#waitFor(committing)
    else this.#release()
  }

  #waitFor(committing: Promise<unknown>): void {
    this.phase = 'committing'
    this.settling = committing.then(
      () => this.#replay(),
      (error: unknown) => this.#failed(error),
    )
  }

  /** After a success the response is as if it had never been held; what others put on top of the hold stays. */
  #release(): void {
    const response = this.#response
    this.phase = 'passing'
    if ((response.writeHead as unknown) === heldWriteHead) response.writeHead = this.#writeHead as HeldResponse['writeHead']
    if ((response.write as unknown) === heldWrite) response.write = this.#write as HeldResponse['write']
    if ((response.end as unknown) === heldEnd) response.end = this.#end as HeldResponse['end']
    if (response.flushHeaders === heldFlushHeaders) response.flushHeaders = this.#flushHeaders as () => void
    this.#restoreBelow()
    this.#markResponse()
  }

  #markResponse(): void {
    const response = this.#response
    const lines = this.sessions.length === 1 ? this.sessions[0]!.takeHeaders() : this.sessions.flatMap((session) => session.takeHeaders())
    const isMarked = response[MARK] !== undefined
    const top = response.writeHead
    if (!isMarked) response.writeHead = this.#writeHead as HeldResponse['writeHead']
    markResponse(response, this.varies, lines)
    if (isMarked) return
    // Below what others put on top of the hold.
    this.#writeHead = response.writeHead
    if ((top as unknown) !== response[MARK]!.writeHead) response.writeHead = top
  }

  #replay(): void {
    if (this.phase !== 'committing') return
    const response = this.#response
    if (this.isHoldingCalls) {
      this.#pretence!.stop()
      setStatusLine(response, this.#statusLine)
    }
    let result: unknown
    try {
      this.#release()
      for (const { method, args } of this.#calls) result = this.pass(method, args)
    } catch (error) {
      // What node would have thrown at the caller: wrong headers, wrong chunks.
      this.#failed(error)
      return
    }
    this.#calls = []
    if (this.#isStalled && result === true) process.nextTick(() => response.emit('drain'))
  }

  #failed(error: unknown): void {
    if (this.phase === 'failed') return
    const response = this.#response
    const isSourceEnding = this.#enterFailure(error)
    if (isGone(response)) return
    if (response.headersSent) {
      this.#tellFailure(error)
      response.destroy()
      return
    }
    removeRepresentation(response)
    markFailure(response)
    response.setHeader('Cache-Control', 'no-store')
    response.statusCode = 500
    clearStatusMessage(response)
    forgetBody(response)
    forgetTrailers(response)
    awaitFailureResponse(response, error, isSourceEnding, () => this.#tellFailure(error))
  }

  /**
   * From here on nothing of the response that was meant is sent. Returns whether a source that was piped in is just
   * ending.
   */
  #enterFailure(error: unknown): () => boolean {
    if (this.phase === 'committing') this.#pretence?.stop()
    this.#pretence?.stopEnded()
    this.phase = 'failed'
    this.error = error
    this.#restoreAll()
    for (const { args } of this.#calls) answerCallback(args, error)
    this.#calls = []
    return dropSources(this.#response, this.sources, this.#isStalled)
  }

  /** An error path that fails itself is told too, and its client gets an answer. */
  #tellFailure(error: unknown): void {
    try {
      this.#path.failed(error)
    } catch (another) {
      sendBareFailure(this.#response, another)
    }
  }

  /** After a failure what others put on top of the hold goes too: it believes that a response has begun. */
  #restoreAll(): void {
    const response = this.#response
    response.writeHead = this.#writeHead as HeldResponse['writeHead']
    response.write = this.#write as HeldResponse['write']
    response.end = this.#end as HeldResponse['end']
    response.flushHeaders = this.#flushHeaders as () => void
    response.on = this.#on as HeldResponse['on']
    response.addListener = this.#addListener as HeldResponse['addListener']
    // A late `flush()` of the handler must find a function.
    if (response.flush !== undefined) response.flush = this.#flush ?? (() => undefined)
    this.#restoreBelow()
  }

  #restoreBelow(): void {
    this.#below?.restore()
    this.#response.removeListener('pipe', rememberSource)
  }

  #methodOf(method: Method): unknown {
    switch (method) {
      case 'writeHead':
        return this.#writeHead
      case 'write':
        return this.#write
      case 'end':
        return this.#end
      case 'flushHeaders':
        return this.#flushHeaders ?? (() => undefined)
    }
  }
}

async function rejected(error: unknown): Promise<never> {
  throw error
}

function commitAll(sessions: readonly Committable[]): Answer<unknown> {
  if (sessions.length === 1) return sessions[0]!.commit()
  return Promise.all(sessions.map(async (session) => session.commit()))
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return chunk instanceof Uint8Array ? chunk.byteLength : 0
}

function lookedUpError(): SojournError {
  return new SojournError(
    'ERR_SESSION_HEADERS_SENT',
    '`response.end(await …)` and `response.writeHead(302, { … })` look the method up before their arguments change the session, so nothing ' +
      'could be saved before the first byte. Write `const body = await …; response.end(body)`.',
  )
}
