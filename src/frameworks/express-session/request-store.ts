import { SojournError } from '../../core/basics/errors.ts'
import type { Sessions } from '../../core/sessions.ts'
import { callBack } from './bag.ts'
import type { Callback } from './bag.ts'

/**
 * `req.sessionStore`: what remains of express-session's store. Ids are public names here, so nothing can be read by one: open the session
 * from the request that carries its token.
 */
export class RequestStore {
  readonly #sessions: Sessions

  constructor(sessions: Sessions) {
    this.#sessions = sessions
  }

  /** Ends a session by its id; one that is not there is no error. */
  destroy(id: string, callback: Callback = () => undefined): void {
    callBack(this.#sessions.revoke(id), callback)
  }

  /** Answers ERR_SESSION_CAPABILITY, saying what to write. */
  get(_id: string, callback: Callback): void {
    const message =
      'req.sessionStore.get needs the session token: an id proves nothing. Open the session from the request or handshake: middleware.sessions.open(request).'
    process.nextTick(callback, new SojournError('ERR_SESSION_CAPABILITY', message))
  }
}
