/**
 * The hold: keeps a response back until its sessions are saved (promise P3), on node:http and all that stands on it.
 *
 * It arms at the first recorded change, not when the request comes in: so it is outermost, whatever the order of
 * middleware, and a request that changes nothing keeps its untouched response. From the first call on that would send
 * something, calls queue; after the commit they are replayed in order, or dropped for a failure response.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { SojournError } from '../../core/basics/errors.ts'
import type { Committable } from '../../core/contracts/exchange.ts'
import type { HeaderLine } from '../../core/basics/refusal.ts'
import { answerCallback, awaitFailureResponse, dropSources } from './failure.ts'
import { addOwedHeaders, applyWriteHead, removeRepresentation } from './headers.ts'

const HOLD: unique symbol = Symbol('sojourn.hold')
/** Anything true makes node believe that the headers are sent: `headersSent` says so, `setHeader` and `removeHeader` throw as they would. */
const HELD_HEADER = 'held'
/** From here on `write` answers false. No less than zlib's: a `compression` below the hold then meets its own limit in the replay and drains by itself. */
const HIGH_WATER = 64 * 1024
/** What a producer that ignores the false may queue. */
const MAX_BYTES = 16 * 1024 * 1024

type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders'
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** The response as the hold sees it: `flush` is compression's, `_header` is node's mark of sent headers. */
export type HeldResponse = { -readonly [K in keyof ServerResponse]: ServerResponse[K] } & {
  flush?: unknown
  _header: string | null
  _implicitHeader?: unknown
  [HOLD]?: Hold
}

/** What an adapter tells the hold. */
export interface HoldOptions {
  /** The request header that the response depends on. */
  readonly vary: string | undefined
  /** The framework's error path. Called at most once, with the response ready for a new answer; must not throw. */
  readonly fail: (error: unknown) => void
}

/**
 * Holds a response back until a session is saved; several sessions may share a response, and are saved at the same time.
 *
 * @throws ERR_SESSION_HEADERS_SENT or ERR_SESSION_COMMITTED when it is too late.
 */
export function hold(serverResponse: ServerResponse, session: Committable, options: HoldOptions): void {
  const response = serverResponse as HeldResponse
  const existing = response[HOLD]
  if (existing?.phase !== 'armed') checkNotTooLate(response, existing)
  const current = existing ?? arm(response, options)
  if (!current.sessions.includes(session)) current.sessions.push(session)
  if (options.vary !== undefined) current.varies.add(options.vary)
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
      'The session was changed after the response had ended. Change it before, or open it in the next request.',
    )
  }
  // A listener that runs in the replay changes it while the headers go out.
  if (response.headersSent || existing) {
    throw new SojournError(
      'ERR_SESSION_HEADERS_SENT',
      'The session was changed after the headers had been sent. Change it before the first write.',
    )
  }
}

function arm(response: HeldResponse, options: HoldOptions): Hold {
  const armed = new Hold(response, options.fail)
  response[HOLD] = armed
  Object.assign(response, shared)
  response.on('pipe', rememberSource)
  return armed
}

/** One for all responses, reaching the state through the symbol: closures for each response cost more than the rest. */
const shared = {
  writeHead(this: HeldResponse, ...args: unknown[]): unknown {
    const current = this[HOLD]!
    if (current.phase === 'passing') return current.passWriteHead(args)
    if (current.phase === 'failed') return this
    if (current.phase === 'committing') throw headersSentError()
    current.queue('writeHead', args)
    if (typeof args[0] === 'number') this.statusCode = args[0]
    return this
  },

  write(this: HeldResponse, ...args: unknown[]): boolean {
    const current = this[HOLD]!
    if (current.phase === 'passing') return current.pass('write', args) as boolean
    if (current.phase === 'failed') return answerCallback(args, current.error)
    return current.queueWrite(args)
  },

  end(this: HeldResponse, ...args: unknown[]): unknown {
    const current = this[HOLD]!
    if (current.phase === 'passing') return current.pass('end', args)
    if (current.phase === 'failed') answerCallback(args, current.error)
    else current.queueEnd(args)
    return this
  },

  flushHeaders(this: HeldResponse): void {
    const current = this[HOLD]!
    if (current.phase === 'passing') current.pass('flushHeaders', [])
    if (current.phase === 'passing' || current.phase === 'failed') return
    // As node does. A compression above the hold must choose its encoding before it sees the first write.
    if (current.phase === 'armed' && (this.writeHead as unknown) !== shared.writeHead) this.writeHead(this.statusCode)
    current.queue('flushHeaders', [])
  },

  /** Compression calls this, and node's own `write` and `end`: those the hold stands in for, unless somebody looked them up before it. */
  _implicitHeader(this: HeldResponse): void {
    if (this[HOLD]!.phase === 'armed' && (this.end as unknown) === shared.end) throw lookedUpError()
    this.writeHead(this.statusCode)
  },
}

function rememberSource(this: HeldResponse, source: Readable): void {
  this[HOLD]!.sources.push(source)
}

/** Armed until something would be sent, committing until the outcome is known, then passing everything on, or failed. */
class Hold {
  phase: 'armed' | 'committing' | 'passing' | 'failed' = 'armed'
  readonly sessions: Committable[] = []
  readonly varies: Set<string> = new Set()
  readonly sources: Readable[] = []
  /** Why it failed. */
  error: unknown
  readonly #response: HeldResponse
  readonly #fail: (error: unknown) => void
  /** The methods as they were when armed: those to replay through, and those that others may wrap until a failure. */
  readonly #methods: Record<Method, unknown>
  readonly #wrappable: Pick<HeldResponse, 'on' | 'addListener' | 'flush'>
  #calls: { readonly method: Method; readonly args: unknown[] }[] = []
  #bytes = 0
  #stalled = false
  #statusCode = 0
  #statusMessage = ''
  #owed: HeaderLine[] = []

  constructor(response: HeldResponse, fail: (error: unknown) => void) {
    const { writeHead, write, end, flushHeaders, on, addListener, flush } = response
    this.#response = response
    this.#fail = fail
    this.#methods = { writeHead, write, end, flushHeaders }
    // A late `flush()` of the handler must find a function.
    this.#wrappable = { on, addListener, flush: flush ?? (() => undefined) }
  }

  pass(method: Method, args: unknown[]): unknown {
    return Reflect.apply(this.#methods[method] as AnyFunction, this.#response, args)
  }

  /** Headers among the arguments replace those set before, as node does; then ours are put back. */
  passWriteHead(args: unknown[]): unknown {
    if (this.#response.headersSent) return this.pass('writeHead', args)
    const rest = applyWriteHead(this.#response, args)
    addOwedHeaders(this.#response, this.varies, this.#owed)
    return this.pass('writeHead', rest)
  }

  queue(method: Method, args: unknown[]): void {
    this.#calls.push({ method, args })
    if (this.phase === 'armed') this.#commit()
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
    this.#stalled ||= this.#bytes >= HIGH_WATER
    return !this.#stalled
  }

  queueEnd(args: unknown[]): void {
    this.queue('end', args)
    Object.defineProperty(this.#response, 'writableEnded', { value: true, writable: true, configurable: true })
  }

  #commit(): void {
    const response = this.#response
    this.phase = 'committing'
    // What follows the first call can no longer change them, in the replay neither.
    this.#statusCode = response.statusCode
    this.#statusMessage = response.statusMessage
    response._header = HELD_HEADER
    commitAll(this.sessions).then(
      () => this.#release(),
      (error: unknown) => this.#failed(error),
    )
  }

  #release(): void {
    if (this.phase !== 'committing') return
    const response = this.#response
    this.phase = 'passing'
    response._header = null
    response.statusCode = this.#statusCode
    response.statusMessage = this.#statusMessage
    let result: unknown
    try {
      this.#owed = this.sessions.flatMap((session) => session.takeHeaders())
      addOwedHeaders(response, this.varies, this.#owed)
      for (const { method, args } of this.#calls) result = method === 'writeHead' ? this.passWriteHead(args) : this.pass(method, args)
    } catch (error) {
      // What node would have thrown at the caller: wrong headers, wrong chunks.
      this.#failed(error)
      return
    }
    this.#calls = []
    this.#restoreOwn()
    if (this.#stalled && result === true) process.nextTick(() => response.emit('drain'))
  }

  #failed(error: unknown): void {
    if (this.phase === 'failed') return
    const response = this.#response
    if (this.phase === 'committing') response._header = null
    this.phase = 'failed'
    this.error = error
    Reflect.deleteProperty(response, 'writableEnded')
    this.#restoreAll()
    for (const { args } of this.#calls) answerCallback(args, error)
    this.#calls = []
    const isSourceEnding = dropSources(response, this.sources, this.#stalled)
    if (response.destroyed) return
    if (response.headersSent) {
      this.#fail(error)
      response.destroy()
      return
    }
    removeRepresentation(response)
    response.setHeader('Cache-Control', 'no-store')
    response.statusCode = 500
    response.statusMessage = ''
    awaitFailureResponse(response, error, isSourceEnding, () => this.#fail(error))
  }

  /** After a success the response is as if it had never been held; what others put on top of the hold stays. */
  #restoreOwn(): void {
    const response = this.#response
    for (const method of METHODS) if (response[method] === shared[method]) Object.assign(response, { [method]: this.#methods[method] })
    Reflect.deleteProperty(response, '_implicitHeader')
    response.removeListener('pipe', rememberSource)
  }

  /** After a failure what others put on top of the hold goes too: it believes that a response has begun. */
  #restoreAll(): void {
    Object.assign(this.#response, this.#methods, this.#wrappable)
    Reflect.deleteProperty(this.#response, '_implicitHeader')
    this.#response.removeListener('pipe', rememberSource)
  }
}

const METHODS: readonly Method[] = ['writeHead', 'write', 'end', 'flushHeaders']

async function commitAll(sessions: readonly Committable[]): Promise<void> {
  if (sessions.length === 1) await sessions[0]!.commit()
  else await Promise.all(sessions.map((session) => session.commit()))
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return chunk instanceof Uint8Array ? chunk.byteLength : 0
}

function lookedUpError(): SojournError {
  return new SojournError(
    'ERR_SESSION_HEADERS_SENT',
    '`response.end(await …)` looks up `end` before the session is changed, so nothing could be saved before the first byte. ' +
      'Write `const body = await …; response.end(body)`.',
  )
}

function headersSentError(): Error {
  return Object.assign(new Error('Cannot write headers after they are sent to the client'), { code: 'ERR_HTTP_HEADERS_SENT' })
}
