/**
 * CSRF tokens: `random(16 bytes) ‖ HMAC(label ‖ id ‖ authGeneration ‖ random)`. A token is bound to the session, so
 * that a token of another session is worthless, and to `authGeneration`, so that a token from before a login is
 * worthless, too (CVE-2022-24895, CVE-2023-29020). It is not bound to the generation, so that routine rotation does not
 * break open pages. Its text differs each time, so that compression reveals nothing (BREACH).
 *
 * @module
 */
import type { Answer } from '../basics/answer.ts'
import { randomText } from '../crypto/random.ts'
import type { Signer } from '../crypto/signing.ts'

/** The name of the hidden field. */
export const CSRF_FIELD = 'csrf_token'
/** The name of the header. */
export const CSRF_HEADER = 'x-csrf-token'

const NONCE_LENGTH = 22
const LENGTH = NONCE_LENGTH + 43

/** What a token is bound to. */
interface Bound {
  readonly record:
    | { readonly id: string; readonly principal: string | null; readonly meta: { readonly authGeneration: number } }
    | undefined
  /** Whether something waits for the commit. */
  readonly isChanged: boolean
  load(): Answer<unknown>
  commit(): Answer<unknown>
}

/** The CSRF tokens of one request's session. */
export class Csrf {
  readonly #signer: Signer
  readonly #visit: Bound

  constructor(signer: Signer, visit: Bound) {
    this.#signer = signer
    this.#visit = visit
  }

  /**
   * Returns a token for the forms and scripts of this response. It is bound to the session as it is stored, so recorded
   * changes are saved first.
   *
   * For a visitor without a session, nothing is created. The token is then bound to no session, and is valid only until
   * somebody signs in, and only for a request whose `Origin` or `Sec-Fetch-Site` shows that it comes from the site
   * itself.
   *
   * @throws what `session.commit()` throws
   */
  async token(): Promise<string> {
    await this.#visit.load()
    if (this.#visit.isChanged) await this.#visit.commit()
    const nonce = randomText(16)
    return nonce + this.#signer.sign(this.#subject(nonce))
  }

  /** The token as a hidden form field: `<input type="hidden" name="csrf_token" value="…">`. */
  async field(): Promise<string> {
    // The token is base64url, so nothing has to be escaped.
    return `<input type="hidden" name="${CSRF_FIELD}" value="${await this.token()}">`
  }

  /**
   * Whether a token was made for this session since its last login. The guard `csrf` of `sojourn/auth` asks this. Call
   * it yourself if a token arrives another way.
   *
   * @param options.sameOrigin whether `Origin` or `Sec-Fetch-Site` has shown that the request comes from the site
   *   itself. Then a token made before the visitor had a session is valid too, as long as nobody is signed in
   */
  async verify(token: unknown, { sameOrigin = false }: { readonly sameOrigin?: boolean } = {}): Promise<boolean> {
    if (typeof token !== 'string' || token.length !== LENGTH) return false
    await this.#visit.load()
    const nonce = token.slice(0, NONCE_LENGTH)
    const signature = token.slice(NONCE_LENGTH)
    if (this.#visit.record && this.#signer.verify(this.#subject(nonce), signature)) return true
    const mayBeUnbound = sameOrigin && (this.#visit.record?.principal ?? null) === null
    return mayBeUnbound && this.#signer.verify(unbound(nonce), signature)
  }

  #subject(nonce: string): string {
    const record = this.#visit.record
    return record ? `${record.id}.${record.meta.authGeneration}.${nonce}` : unbound(nonce)
  }
}

/** An id is never empty. */
function unbound(nonce: string): string {
  return `..${nonce}`
}
