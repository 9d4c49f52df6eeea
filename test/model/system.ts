import { createSessions } from '../../src/index.ts'
import type { Session, Sessions, SessionStore } from '../../src/index.ts'
import { testClock } from '../../src/testing/index.ts'
import type { TestClock } from '../../src/testing/index.ts'
import { ABSOLUTE, IDLE } from './model.ts'
import type { Stay } from './model.ts'

export const COOKIES = { 'signed-in': '__Host-session', anonymous: '__Host-session-anon' } as const

/** What is tried against the model: two processes of an application over one store, and clients with their cookies. */
export class System {
  readonly clock: TestClock = testClock()
  readonly managers: readonly [Sessions, Sessions]
  readonly jars: readonly Map<string, string>[] = [new Map(), new Map(), new Map()]
  readonly requests: Session[] = []
  /** The id of each of the model's stays. */
  readonly ids: Map<Stay, string> = new Map()

  constructor(store: SessionStore) {
    const options = {
      secrets: ['a secret for the model, more than 32 long'],
      store,
      clock: this.clock,
      idleTimeout: IDLE,
      absoluteTimeout: ABSOLUTE,
    }
    this.managers = [createSessions(options), createSessions(options)]
  }

  open(client: number, at: number): Session {
    const cookie = [...this.jars[client]!].map((pair) => pair.join('=')).join('; ')
    return this.managers[at]!.open({ headers: { cookie } })
  }

  /** The response reaches the client. */
  deliver(session: Session, client: number): void {
    const jar = this.jars[client]!
    for (const [, line] of session.takeHeaders()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') jar.delete(name!)
      else jar.set(name!, value!)
    }
  }
}

/** Until touches, which run beside the requests, have come to rest. */
export async function quiet(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}
