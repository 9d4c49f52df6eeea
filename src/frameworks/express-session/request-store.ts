import { SojournError } from '../../core/basics/errors.ts'
import type { Sessions } from '../../core/sessions.ts'
import { OWNER, callBack } from './session.ts'
import type { Callback, SessionCarrier } from './session.ts'
import { Store } from './store.ts'

/**
 * `req.sessionStore` with a store of ours: the part of express-session's store that still makes sense. A session id is
 * a public name here, so it does not open a session: open the session from the request that carries its token.
 */
export class RequestStore extends Store {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    super()
    this.#sessions = sessions
  }

  /** Ends a session by its id. It is no error if there is none. */
  override destroy(id: string, callback: Callback = () => undefined): void {
    callBack(this.#sessions.revoke(id), callback)
  }

  /** Every visit does it. */
  override touch(_id: string, _session: object, callback: Callback = () => undefined): void {
    process.nextTick(callback)
  }

  override generate(request: SessionCarrier): void {
    request[OWNER]?.generate()
  }

  /** Always fails with ERR_SESSION_CAPABILITY, as all that follow do; the message says what to write instead. */
  override get(_id: string, callback: Callback): void {
    refuse('get', callback)
  }

  override set(_id: string, _session: object, callback?: Callback): void {
    refuse('set', callback)
  }

  all(callback?: Callback): void {
    refuse('all', callback)
  }

  length(callback?: Callback): void {
    refuse('length', callback)
  }

  clear(callback?: Callback): void {
    refuse('clear', callback)
  }
}

function refuse(method: string, callback: Callback = () => undefined): void {
  const message =
    `req.sessionStore.${method}: with a store of Sojourn an id opens nothing, because it proves nothing. Open the session from its request ` +
    'or handshake, middleware.sessions.open(request), or find those of a user, middleware.sessions.of(user). Stores of express-session can do it.'
  process.nextTick(callback, new SojournError('ERR_SESSION_CAPABILITY', message))
}
