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

/** What the client received. `status` 0: the connection broke before a response. `broken`: it broke in the body. */
export interface ReceivedResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly broken: boolean
  /** Whether the application handed an error to its runtime, which has a page of its own. */
  readonly byRuntime: boolean
}

export interface Ask {
  readonly method?: 'HEAD'
  readonly cookie?: string | undefined
  readonly signal?: AbortSignal
  /** Called when the headers have come, perhaps before the body. */
  readonly onHeaders?: () => void
}

/** A response for handlers of which no other is needed. */
export const DONE: RouteAnswer = { kind: 'text', status: 200, body: 'done' }

/** An application with its sessions. Its route `/act` does what `act` says. */
export class World {
  readonly store: ScriptedStore
  readonly sessions: Sessions<Partial<AdapterContractData>>
  act: Act = () => DONE
  #application: AdapterApplication | undefined

  constructor(store: SessionStore) {
    // A slow machine is no failure of an adapter.
    const settings = readOptions({ secrets: [randomBytes(32).toString('base64')], storeTimeout: '1m' })
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

  /** Requests `/act`. */
  ask(request: Ask = {}): Promise<ReceivedResponse> {
    return this.#ask('/act', request)
  }

  /** Sets what `/act` does, and requests it. */
  async do(act: Act, request: Ask = {}): Promise<ReceivedResponse> {
    this.act = act
    return this.ask(request)
  }

  /** Requests the route that does not use its session. */
  untouched(request: Ask = {}): Promise<ReceivedResponse> {
    return this.#ask('/untouched', request)
  }

  async #ask(path: string, { method, cookie, signal, onHeaders }: Ask): Promise<ReceivedResponse> {
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
      const byRuntime = application.fetch !== undefined
      return { status: byRuntime ? 500 : 0, headers: new Headers(), body: '', broken: !byRuntime, byRuntime }
    }
    onHeaders?.()
    const { status, headers } = response
    try {
      // A runtime sends no body for HEAD, whatever the application returned.
      return { status, headers, body: method === 'HEAD' ? '' : await response.text(), broken: false, byRuntime: false }
    } catch {
      return { status, headers, body: '', broken: true, byRuntime: false }
    }
  }

  /** Stores a session. Returns the cookie that opens it. */
  async stored(set: (session: Handle) => unknown): Promise<string> {
    const session = this.sessions.open({ headers: {} })
    await set(session)
    await session.commit()
    const [, line = ''] = session.takeHeaders()[0] ?? []
    this.store.reset()
    return pairOf(line)
  }

  /** Opens the session of a cookie. */
  opened(cookie: string): Handle {
    return this.sessions.open({ headers: { cookie } })
  }

  /** Stops the next call of an operation until `release` is called. */
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

/** A hook of a store that fails. */
export const diskFull = (): Promise<never> => Promise.reject(new Error('The disk is full.'))

/** A promise that resolves when `open` is called. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let resolveOpened: () => void
  const opened = new Promise<void>((resolve) => (resolveOpened = resolve))
  return { opened, open: () => resolveOpened() }
}

/** The `Set-Cookie` lines that set or clear a token. Applications may set other cookies. */
export function sessionCookies({ headers }: ReceivedResponse): string[] {
  return headers.getSetCookie().filter((line) => line.startsWith('__Host-session'))
}

/** The `Cookie` header of a client that received the response. Empty if it got no token. */
export function cookieOf(answer: ReceivedResponse): string {
  return sessionCookies(answer)
    .map(pairOf)
    .filter((pair) => !pair.endsWith('='))
    .join('; ')
}

export function varyOf({ headers }: ReceivedResponse): string[] {
  return (headers.get('vary') ?? '').split(',').map((name) => name.trim().toLowerCase())
}

function pairOf(line: string): string {
  return line.split(';')[0] ?? ''
}
