/**
 * A stolen token, from the theft to the alarm. Rotation takes minutes, so it runs on a clock of its own, on sessions of
 * its own; the requests are real ones.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { createSessions, memoryStore } from 'sojourn'
import type { Session } from 'sojourn'

/** What is told of one step. */
export interface TheftStep {
  readonly name: 'signIn' | 'steal' | 'rotate' | 'confirm' | 'alarm' | 'after'
  /** On the clock of the story. */
  readonly minute: number
  /** Who the shop takes the visitor for; `null`: nobody. */
  readonly seen: string | null
}

export async function theft(): Promise<{ readonly steps: readonly TheftStep[]; readonly isAlarmed: boolean }> {
  let minute = 0
  const sessions = createSessions({
    secrets: [randomBytes(32).toString('base64url')],
    store: memoryStore(),
    clock: { now: () => Date.UTC(2030, 0, 1) + minute * 60_000 },
    rotateEvery: '10m',
    development: true,
  })
  let isAlarmed = false
  sessions.on('reuse', () => (isAlarmed = true))
  const steps: TheftStep[] = []
  const you = new Browser()
  const visit = async (browser: Browser, handler?: (session: Session) => Promise<void>): Promise<string | null> => {
    const request = new Request('http://localhost/', { headers: { cookie: browser.cookies } })
    let seen: string | null = null
    const response = await sessions.handle(request, async (session) => {
      await handler?.(session)
      seen = (await session.load()).principal
      return new Response()
    })
    browser.take(response)
    return seen
  }
  const step = async (
    name: TheftStep['name'],
    at: number,
    browser: Browser,
    handler?: (session: Session) => Promise<void>,
  ): Promise<void> => {
    minute = at
    steps.push({ name, minute, seen: await visit(browser, handler) })
  }

  await step('signIn', 0, you, (session) => session.login('anna'))
  const thief = you.copy()
  await step('steal', 4, thief)
  await step('rotate', 11, you)
  await step('confirm', 12, you)
  await step('alarm', 16, thief)
  await step('after', 17, you)
  await sessions.close()
  return { steps, isAlarmed }
}

/** Somebody's cookies. */
class Browser {
  readonly #jar: Map<string, string>

  constructor(jar: ReadonlyMap<string, string> = new Map()) {
    this.#jar = new Map(jar)
  }

  copy(): Browser {
    return new Browser(this.#jar)
  }

  get cookies(): string {
    return Array.from(this.#jar, ([name, value]) => `${name}=${value}`).join('; ')
  }

  take({ headers }: Response): void {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#jar.delete(name)
      else this.#jar.set(name, value)
    }
  }
}
