import { randomBytes } from 'node:crypto'
import { readOptions } from '../../core/options.ts'
import type { Session } from '../../core/session.ts'
import { Sessions } from '../../core/sessions.ts'
import type { SessionStore } from '../../core/contracts/store.ts'
import { cookieTransport } from '../../transports/cookie.ts'
import type { AdapterApplication, AdapterContractData, AdapterSetup, RouteAnswer } from './application.ts'
import type { StoreOperation } from '../../core/contracts/store.ts'
import { scriptedStore, type ScriptedStore } from '../_shared/scripted-store.ts'

/** One rule of the adapter contract. */
export interface AdapterRule {
  readonly name: string
  readonly why: string
  readonly times?: 2
  check(world: World): Promise<void>
}

export type Handle = Session<Partial<AdapterContractData>>
export type Act = (session: Handle, opened: Handle) => Promise<RouteAnswer> | RouteAnswer

/** What came back. `status` 0: the connection broke before an answer. `broken`: it broke within the body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly broken: boolean
}

export interface Ask {
  readonly method?: 'HEAD'
  readonly cookie?: string | undefined
  readonly signal?: AbortSignal
  /** When the headers are there, and the body perhaps not. */
  readonly onHeaders?: () => void
}

/** What handlers answer when it does not matter how. */
export const DONE: RouteAnswer = { kind: 'text', status: 200, body: 'done' }

/** An application with its sessions. Its one route that matters, `/act`, does what `act` says. */
export class World {
  readonly store: ScriptedStore
  readonly sessions: Sessions<Partial<AdapterContractData>>
  act: Act = () => DONE
  #application: AdapterApplication | undefined

  constructor(store: SessionStore) {
    const settings = readOptions({ secrets: [randomBytes(32).toString('base64')] }, ['secrets'])
    const { name, development } = settings
    this.store = scriptedStore(store)
    this.sessions = new Sessions({}, settings, this.store, cookieTransport()({ name, development }))
  }

  async start(make: (setup: AdapterSetup) => Promise<AdapterApplication>, times: 1 | 2): Promise<void> {
    this.#application = await make({
      sessions: this.sessions,
      times,
      routes: [
        { path: '/act', handle: async (session, opened) => this.act(session, opened) },
        { path: '/untouched', handle: async () => ({ ...DONE, headers: { 'Cache-Control': 'public, max-age=60' } }) },
      ],
    })
  }

  async close(): Promise<void> {
    await this.#application?.close()
    await this.sessions.close()
  }

  /** Asks `/act`. */
  ask(request: Ask = {}): Promise<Answer> {
    return this.#ask('/act', request)
  }

  /** Lets a handler do something once. */
  async do(act: Act, request: Ask = {}): Promise<Answer> {
    this.act = act
    return this.ask(request)
  }

  /** Asks the route that does not look at its session. */
  untouched(request: Ask = {}): Promise<Answer> {
    return this.#ask('/untouched', request)
  }

  async #ask(path: string, { method, cookie, signal, onHeaders }: Ask): Promise<Answer> {
    const application = this.#application!
    const request = new Request(application.origin + path, {
      redirect: 'manual',
      headers: cookie === undefined ? {} : { cookie },
      ...(method && { method }),
      ...(signal && { signal }),
    })
    let response: Response
    try {
      response = await (application.fetch ? application.fetch(request) : fetch(request))
    } catch {
      return { status: application.fetch ? 500 : 0, headers: new Headers(), body: '', broken: true }
    }
    onHeaders?.()
    const { status, headers } = response
    try {
      // A runtime sends no body for HEAD, whatever the application made.
      return { status, headers, body: method === 'HEAD' ? '' : await response.text(), broken: false }
    } catch {
      return { status, headers, body: '', broken: true }
    }
  }

  /** A stored session, and the cookie that opens it. */
  async stored(set: (session: Handle) => unknown): Promise<string> {
    const session = this.sessions.open({ headers: {} })
    await set(session)
    await session.commit()
    const [, line = ''] = session.takeHeaders()[0] ?? []
    this.store.reset()
    return pairOf(line)
  }

  /** What a cookie opens. */
  opened(cookie: string): Handle {
    return this.sessions.open({ headers: { cookie } })
  }

  /** Stops the next call of an operation until it is let go. */
  stopAt(operation: StoreOperation): { readonly reached: Promise<void>; readonly release: () => void } {
    const [reached, released] = [gate(), gate()]
    this.store.before(operation, async () => {
      this.store.before(operation)
      reached.open()
      await released.opened
    })
    return { reached: reached.opened, release: released.open }
  }
}

export async function openWorld(
  make: (setup: AdapterSetup) => Promise<AdapterApplication>,
  store: SessionStore,
  times: 1 | 2,
): Promise<World> {
  const world = new World(store)
  await world.start(make, times)
  return world
}

/** For a store's hook. */
export const diskFull = (): Promise<never> => Promise.reject(new Error('The disk is full.'))

/** Lets through whoever waits, once it is opened. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let resolveOpened: () => void
  const opened = new Promise<void>((resolve) => (resolveOpened = resolve))
  return { opened, open: () => resolveOpened() }
}

/** The lines that hand out or take away a token; applications may set cookies of their own. */
export function sessionCookies({ headers }: Answer): string[] {
  return headers.getSetCookie().filter((line) => line.startsWith('__Host-session'))
}

/** The `Cookie` header of a client that took the answer. Empty if it was handed nothing. */
export function cookieOf(answer: Answer): string {
  return sessionCookies(answer)
    .map(pairOf)
    .filter((pair) => !pair.endsWith('='))
    .join('; ')
}

export function varyOf({ headers }: Answer): string[] {
  return (headers.get('vary') ?? '').split(',').map((name) => name.trim().toLowerCase())
}

function pairOf(line: string): string {
  return line.split(';')[0] ?? ''
}
