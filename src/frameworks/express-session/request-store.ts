import { SojournError } from '../../core/basics/errors.ts'
import type { Sessions } from '../../core/sessions.ts'
import { callBack } from './compat-session.ts'
import type { Callback } from './compat-session.ts'

/**
 * `req.sessionStore`: the part of express-session's store that still makes sense. A session id is a public name here,
 * so it does not open a session: open the session from the request that carries its token.
 */
export class RequestStore {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** Ends a session by its id. It is no error if there is none. */
  destroy(id: string, callback: Callback = () => undefined): void {
    callBack(this.#sessions.revoke(id), callback)
  }

  /** Always fails with ERR_SESSION_CAPABILITY; the message says what to write instead. */
  get(_id: string, callback: Callback): void {
    const message =
      'req.sessionStore.get needs the session token: an id proves nothing. Open the session from the request or handshake: middleware.sessions.open(request).'
    process.nextTick(callback, new SojournError('ERR_SESSION_CAPABILITY', message))
  }
}
