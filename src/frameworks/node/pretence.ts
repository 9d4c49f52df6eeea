/**
 * What a response says of itself while it is held back: that its headers are sent, and that it has ended. Code that
 * runs meanwhile behaves as it would without the hold.
 *
 * @module
 */
import { headersSentError, isHttp1 } from './response.ts'
import type { AnyResponse } from './response.ts'

/**
 * Anything true makes node:http believe that the headers are sent: `headersSent` says so, and `setHeader` throws as it
 * would.
 */
const HELD_HEADER = 'held'

const REFUSED = ['setHeader', 'appendHeader', 'removeHeader'] as const

/** Made for one response; a stand-in may have properties of its own, so what was there before comes back. */
export class Pretence {
  readonly #response: AnyResponse
  #header: unknown
  /** The properties as they were, by name; `undefined`: only the prototype has it. */
  readonly #before = new Map<string, PropertyDescriptor | undefined>()

  constructor(response: AnyResponse) {
    this.#response = response
  }

  /** Says that the headers are sent. */
  begin(): void {
    const response = this.#response
    if (isHttp1(response)) {
      this.#header = response._header
      response._header = HELD_HEADER
      return
    }
    this.#put('headersSent', YES)
    for (const method of REFUSED) if (typeof response[method] === 'function') this.#put(method, REFUSING)
  }

  /** Says that the response has ended. */
  end(): void {
    this.#put('writableEnded', YES)
  }

  /**
   * The headers are not sent. Whether the response has ended stays as it was said, because a replay makes it true. But
   * a stand-in with a property of its own for that would not send what follows.
   */
  stop(): void {
    const response = this.#response
    if (isHttp1(response)) response._header = this.#header
    for (const [name, own] of this.#before) if (name !== 'writableEnded' || own) this.#restore(name)
  }

  /** The response has not ended. */
  stopEnded(): void {
    if (this.#before.has('writableEnded')) this.#restore('writableEnded')
  }

  #put(name: string, property: PropertyDescriptor): void {
    this.#before.set(name, Object.getOwnPropertyDescriptor(this.#response, name))
    Object.defineProperty(this.#response, name, property)
  }

  /** Never `delete`: it would make the response a dictionary, and all that node does with it slow. */
  #restore(name: string): void {
    Object.defineProperty(this.#response, name, this.#before.get(name) ?? INHERITED[name]!)
    this.#before.delete(name)
  }
}

const YES: PropertyDescriptor = { value: true, writable: true, configurable: true }
const REFUSING: PropertyDescriptor = { value: refuseHeader, writable: true, configurable: true }

const INHERITED: Readonly<Record<string, PropertyDescriptor>> = Object.fromEntries(
  ['headersSent', 'writableEnded', ...REFUSED].map((name) => [name, inherited(name)]),
)

function inherited(name: string): PropertyDescriptor {
  return {
    configurable: true,
    get(this: object): unknown {
      return Reflect.get(Object.getPrototypeOf(this) as object, name, this)
    },
    set(this: object, value: unknown): void {
      Object.defineProperty(this, name, { value, writable: true, configurable: true })
    },
  }
}

function refuseHeader(): never {
  throw headersSentError()
}
