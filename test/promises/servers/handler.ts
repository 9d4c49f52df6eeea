import { setTimeout as delay } from 'node:timers/promises'
import type { LoginAttempt, Session, Sessions } from '../../../src/index.ts'
import type { TestClock } from '../../../src/testing/index.ts'
import type { Handler } from '../support/listeners.ts'

/** The same secret in each process. */
export const SECRET = 'the secret of the promises, more than 32'

/** What the servers of P1 and P2 do, here and in other processes. */
export function handlerOf(sessions: Sessions, clock: TestClock): Handler {
  const attempts = new Map<string, LoginAttempt>()
  return async (session, url) => {
    const asked = Object.fromEntries(url.searchParams)
    const { key = 'key', principal = 'alice', id = '', wait = '0', attempt = '' } = asked
    switch (url.pathname) {
      case '/set':
        // Read before and written after: the order in which others lose updates.
        await session.has(key)
        await pause(wait)
        return session.set(key, 'set')
      case '/increment':
        await pause(wait)
        return session.increment('count')
      case '/append':
        await session.has('list')
        await pause(wait)
        return session.update('list', (list) => [...((list as string[] | undefined) ?? []), key])
      case '/flash':
        return session.flash('note', key)
      case '/begin':
        return void attempts.set(attempt, await sessions.of(principal).begin())
      case '/login':
        return session.login(principal, attempts.has(attempt) ? { attempt: attempts.get(attempt)! } : {})
      case '/rotate':
        return session.rotate()
      case '/logout':
        return session.logout()
      case '/destroy':
        return session.destroy()
      case '/revoke':
        return sessions.revoke(id)
      case '/revoke-of':
        return sessions.of(principal).revoke(id)
      case '/revoke-all':
        return sessions.of(principal).revokeAll()
      case '/expire':
        return clock.advance('31m')
      case '/expire-and-sweep':
        clock.advance('31m')
        return sessions.sweep()
      case '/later':
        return clock.advance('5m')
      default:
        return state(session)
    }
  }
}

async function state(session: Session): Promise<object> {
  await session.load()
  return { id: session.id, principal: session.principal, data: session.data }
}

async function pause(wait: string): Promise<void> {
  if (wait !== '0') await delay(Number(wait))
}
