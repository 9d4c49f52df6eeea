import { application } from '../_support/application.ts'
import type { Application } from '../_support/application.ts'
import { client } from '../_support/client.ts'
import type { Client } from '../_support/client.ts'

/** One line of a standard, or one past vulnerability of somebody, and the test that shows what becomes of it here. */
export interface Requirement {
  /** As its source numbers it. */
  readonly id: string
  /** What it asks for, in a sentence. */
  readonly text: string
  /** `by configuration`: only if you choose it, or as long as you do not choose otherwise; `why` says which option. */
  readonly verdict: 'held' | 'by configuration' | 'not held'
  readonly why: string
  /** Fails if the verdict is wrong. */
  readonly test: () => void | Promise<void>
}

export interface Source {
  readonly title: string
  /** The file that holds its requirements, in this folder. */
  readonly file: string
  readonly requirements: readonly Requirement[]
}

export type Browser = Client<Record<string, unknown>>

export interface SignedIn extends Application {
  readonly alice: Browser
  /** Of her cookie, as it was after the login. */
  readonly token: string
}

export const SIGNED_IN = '__Host-session'
export const ANONYMOUS = '__Host-session-anon'

export async function signedIn(options: Parameters<typeof application>[0] = {}): Promise<SignedIn> {
  const app = application(options)
  const alice = client(app.sessions)
  await alice.run((session) => session.login('alice'))
  return { ...app, alice, token: alice.jar.get(SIGNED_IN)! }
}

/** Who a browser is to the application. */
export async function principalOf(browser: Browser, at?: Parameters<Browser['open']>[0]): Promise<string | null> {
  return (await browser.open(at).load()).principal
}

/** A browser that sends exactly this. */
export function holding(app: Pick<Application, 'sessions'>, token: string, name: string = SIGNED_IN): Browser {
  return client(app.sessions, new Map([[name, token]]))
}
