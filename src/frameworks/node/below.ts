/**
 * What lies below the methods of a response, and sends: privates of node:http that `compression` and others rely on
 * too, and the stream of HTTP/2. A method that was looked up before its arguments changed the session comes here past
 * the hold (counterexample `early-lookup`), so a gate stands before them.
 *
 * @module
 */
import { isHttp1, streamOf } from './response.ts'
import type { AnyResponse, Http2Stream } from './response.ts'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** Throws if the response may not send yet. */
export interface Gate {
  /** @param byName whether it is only about to call the response's own `writeHead` */
  letPass(byName: boolean): void
}

/** The functions below one response, while a gate stands before them. */
export interface Below {
  /** Puts back what was there before. */
  restore(): void
}

/** Plain stores of shared functions, as the hold's. A stand-in for a response has nothing below its methods. */
export function gateBelow(response: AnyResponse, gate: Gate): Below | undefined {
  if (isHttp1(response)) return new BelowHttp1(response, gate)
  const stream = streamOf(response)
  return stream && new BelowHttp2(stream, gate)
}

const BELOW: unique symbol = Symbol('sojourn.below')

type Http1 = AnyResponse & { [BELOW]?: BelowHttp1 }

class BelowHttp1 implements Below {
  readonly gate: Gate
  readonly #response: Http1
  readonly implicitHeader: unknown
  readonly storeHeader: unknown
  readonly send: unknown

  constructor(response: Http1, gate: Gate) {
    this.gate = gate
    this.#response = response
    this.implicitHeader = response._implicitHeader
    this.storeHeader = response._storeHeader
    this.send = response._send
    response[BELOW] = this
    response._implicitHeader = gatedImplicitHeader
    response._storeHeader = gatedStoreHeader
    response._send = gatedSend
  }

  restore(): void {
    const response = this.#response
    response._implicitHeader = this.implicitHeader
    response._storeHeader = this.storeHeader
    response._send = this.send
  }
}

function gatedImplicitHeader(this: Http1): unknown {
  const below = this[BELOW]!
  below.gate.letPass(true)
  return Reflect.apply(below.implicitHeader as AnyFunction, this, [])
}

function gatedStoreHeader(this: Http1, ...args: unknown[]): unknown {
  const below = this[BELOW]!
  below.gate.letPass(false)
  return Reflect.apply(below.storeHeader as AnyFunction, this, args)
}

function gatedSend(this: Http1, ...args: unknown[]): unknown {
  const below = this[BELOW]!
  below.gate.letPass(false)
  return Reflect.apply(below.send as AnyFunction, this, args)
}

const SENDING = ['respond', 'respondWithFD', 'respondWithFile', 'write', 'end'] as const

type Stream = Http2Stream & { [BELOW]?: BelowHttp2 }

class BelowHttp2 implements Below {
  readonly gate: Gate
  readonly #stream: Stream
  readonly before: Record<(typeof SENDING)[number], unknown>

  constructor(stream: Stream, gate: Gate) {
    const { respond, respondWithFD, respondWithFile, write, end } = stream
    this.gate = gate
    this.#stream = stream
    this.before = { respond, respondWithFD, respondWithFile, write, end }
    stream[BELOW] = this
    Object.assign(stream, GATED_STREAM)
  }

  restore(): void {
    Object.assign(this.#stream, this.before)
  }
}

const GATED_STREAM = Object.fromEntries(
  SENDING.map((name) => [
    name,
    function (this: Stream, ...args: unknown[]): unknown {
      const below = this[BELOW]!
      // Node ends a stream that is being destroyed.
      if (!this.destroyed && !this.closed) below.gate.letPass(false)
      return Reflect.apply(below.before[name] as AnyFunction, this, args)
    },
  ]),
)
