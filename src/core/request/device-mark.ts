/**
 * The device mark: a cookie by which a browser is known again to the principals who signed in there, long after their
 * sessions ended. It lets nobody in; it only tells whether a sign-in deserves a notice.
 *
 * @module
 */
import type { HeaderLine } from '../basics/refusal.ts'
import type { RequestHead } from '../contracts/transport.ts'
import type { Signer } from '../crypto/signing.ts'
import { randomText } from '../crypto/random.ts'

/** Whether the principal signed in by this browser before. */
export type DeviceStatus = 'new' | 'known'

/** What a sign-in finds, and the mark for the browser. */
export interface DeviceFinding {
  readonly status: DeviceStatus
  readonly mark: HeaderLine
}

/** Browsers keep no cookie for longer. */
const DAYS = 400
/** How many principals one browser is known to; the one who signed in longest ago is forgotten. */
const MAX_PRINCIPALS = 8
const ID_BYTES = 16

/**
 * `id.signature.signature…`: each signature is over the id and one principal. Nobody can read from it who they are, and
 * a copy in another principal's browser makes nothing known.
 */
export class DeviceMarks {
  readonly #signer: Signer
  readonly #cookie: string
  readonly #attributes: string

  constructor(signer: Signer, name: string, development: boolean) {
    this.#signer = signer
    this.#cookie = `${development ? '' : '__Host-'}${name}-device`
    this.#attributes = `; Path=/; Max-Age=${DAYS * 86_400}; HttpOnly${development ? '' : '; Secure'}; SameSite=Lax`
  }

  find(request: RequestHead, principal: string): DeviceFinding {
    const [id, ...signatures] = this.#read(request)
    const isKnown = (signature: string): boolean => this.#signer.verify(`${id} ${principal}`, signature)
    const others = signatures.filter((signature) => !isKnown(signature))
    const device = id ?? randomText(ID_BYTES)
    const value = [device, this.#signer.sign(`${device} ${principal}`), ...others.slice(0, MAX_PRINCIPALS - 1)].join('.')
    return {
      status: others.length < signatures.length ? 'known' : 'new',
      mark: ['Set-Cookie', `${this.#cookie}=${value}${this.#attributes}`],
    }
  }

  /** Its id and signatures, if it looks like one of ours. */
  #read(request: RequestHead): readonly string[] {
    for (const pair of request.header('cookie')?.split(';') ?? []) {
      const at = pair.indexOf('=')
      if (pair.slice(0, at).trim() !== this.#cookie) continue
      const value = pair.slice(at + 1).trim()
      if (SHAPE.test(value)) return value.split('.')
    }
    return []
  }
}

const SHAPE = /^[\w-]{22}(?:\.[\w-]{43}){1,8}$/
