import { AsyncLocalStorage } from 'node:async_hooks'
import { internalsOf } from '../../core/internals.ts'
import type { Internals } from '../../core/internals.ts'
import type { Session } from '../../core/session.ts'
import type { Sessions } from '../../core/sessions.ts'

/** Sessions, as each copy of this package can use them. */
interface Made<Data extends object> {
  readonly sessions: Sessions<Data>
  /** A copy of `sojourn/auth` knows only sessions that its own copy of the package made, unless it is told these. */
  readonly internals: Internals
}

/**
 * The sessions of one name. Next loads the module that asks for them, and this package, several times in a process: for
 * pages and actions, for route handlers, and for the proxy. All copies share this.
 */
class SharedSessions<Data extends object> {
  /** The session of the action or the route handler that runs. */
  readonly running: AsyncLocalStorage<Session<Data>> = new AsyncLocalStorage()
  /** The code of the application's module, by copy. */
  readonly #offered = new Map<string, string>()
  #make: (() => Made<Data>) | undefined
  #code: string | undefined
  #made: Made<Data> | undefined

  /** They are made when they are first asked for: the build loads the module too, without secrets and stores. */
  get(): Made<Data> {
    return (this.#made ??= this.#make!())
  }

  /**
   * The first copy's way to make them stays. In development it is replaced by one with other code: then a copy was
   * loaded again, because its file had changed. Next may load the old file again, too; so only a change counts.
   */
  offer(make: () => Made<Data>, { copy, code }: { readonly copy: string; readonly code: string }): void {
    const isAsBefore = this.#offered.get(copy) === code || this.#code === code
    this.#offered.set(copy, code)
    if (this.#make && (isAsBefore || !isDevelopment())) return
    this.#make = make
    this.#code = code
    const old = this.#made
    this.#made = undefined
    // Whether the old ones can be closed does not matter to the new ones.
    void old?.sessions.close().catch(() => undefined)
  }
}

/** Returns what a name stands for in this process. */
export function sharedSessions<Data extends object>(name: string, make: () => Sessions<Data>): SharedSessions<Data> {
  const everywhere = globalThis as { [SHARED]?: Map<string, SharedSessions<Data>> }
  const names = (everywhere[SHARED] ??= new Map())
  const shared = names.get(name) ?? new SharedSessions<Data>()
  names.set(name, shared)
  shared.offer(() => {
    const sessions = make()
    return { sessions, internals: internalsOf(sessions, 'nextSession(name, () => createSessions({ … }))') }
  }, codeOf(make))
  return shared
}

const SHARED = Symbol.for('sojourn.next')

function isDevelopment(): boolean {
  return process.env['NODE_ENV'] === 'development'
}

/** In development, Turbopack writes which copy it is into the names of imports: `[app-rsc]`, in this form. */
const COPY = /\$5b\$(?:\w|\$2d\$)+\$5d\$/g

function codeOf(make: () => unknown): { readonly copy: string; readonly code: string } {
  const text = String(make)
  return { copy: text.match(COPY)?.[0] ?? '', code: text.replace(COPY, '') }
}
