import { SojournError } from '../../core/basics/errors.ts'
import type { Exchange } from '../../core/contracts/exchange.ts'
import { FetchExchange } from '../../core/fetch.ts'

/** The exchange of a page: Next has no way to set a cookie there, and marks its response as private by itself. */
export const readOnly: Exchange = {
  accessed() {},
  changed() {
    throw new SojournError(
      'ERR_SESSION_READ_ONLY',
      'A page can only read the session, because it cannot set a cookie. Change it in a server action, in `action(async (session) => …)`, ' +
        'or in a route handler, in `route(async (request, session) => …)`. Functions called in there get the same session by `session()`.',
    )
  },
}

/**
 * The exchange of `proxy.ts`. What the token requires is done when the session is read; after that nothing may change.
 */
export class ProxyExchange extends FetchExchange {
  /** From here on the application looks at the session. */
  isFixed = false

  override changed(): void {
    if (this.isFixed) {
      throw new SojournError(
        'ERR_SESSION_READ_ONLY',
        'proxy.ts can only read the session, because the page behind it would not see the change. Change it in an action or a route handler.',
      )
    }
    super.changed()
  }
}
