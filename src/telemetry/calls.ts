import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import type { CommitTrace, LoadTrace, LoginTrace, StoreTrace } from '../core/basics/tracing.ts'

/** The messages by the name of their channel. */
interface Messages {
  readonly load: LoadTrace
  readonly commit: CommitTrace
  readonly login: LoginTrace
  readonly store: StoreTrace
}

/** A call under way, or one that has ended. */
export type WatchedCall = {
  [Kind in keyof Messages]: {
    readonly kind: Kind
    readonly message: Messages[Kind]
    /** The call that made it. */
    readonly parent: WatchedCall | undefined
    /** `performance.now()` */
    readonly startedAt: number
  }
}[keyof Messages]

/** What is told of each call. */
export interface Watcher {
  started?(call: WatchedCall): void
  /** @param seconds that the call took */
  ended(call: WatchedCall, seconds: number): void
}

const KINDS = ['load', 'commit', 'login', 'store'] as const satisfies readonly (keyof Messages)[]

/** Tells watchers of the calls of one application's sessions. Returns the function that stops it. */
export function watchCalls(sessions: object, watchers: readonly Watcher[]): () => void {
  const calls = new Calls(sessions, watchers)
  const stops = KINDS.map((kind) => calls.watch(kind))
  return () => {
    for (const stop of stops) stop()
  }
}

class Calls {
  readonly #sessions: object
  readonly #watchers: readonly Watcher[]
  readonly #current = new AsyncLocalStorage<WatchedCall | undefined>()
  readonly #underWay = new WeakMap<object, WatchedCall>()

  constructor(sessions: object, watchers: readonly Watcher[]) {
    this.#sessions = sessions
    this.#watchers = watchers
  }

  watch(kind: WatchedCall['kind']): () => void {
    const channels = tracingChannel<WatchedCall | undefined, WatchedCall['message']>(`sojourn:${kind}`)
    const subscribers = {
      start: () => {},
      end: (message: WatchedCall['message']) => {
        if (!message.waits) this.#ended(message)
      },
      asyncStart: () => {},
      asyncEnd: (message: WatchedCall['message']) => this.#ended(message),
      error: () => {},
    }
    // It runs before the subscribers of `start`, and what it returns holds for the call alone.
    channels.start.bindStore(this.#current, (message) => this.#begun(kind, message))
    channels.subscribe(subscribers)
    return () => {
      channels.start.unbindStore(this.#current)
      channels.unsubscribe(subscribers)
    }
  }

  #begun(kind: WatchedCall['kind'], message: WatchedCall['message']): WatchedCall | undefined {
    const parent = this.#current.getStore()
    if (!message.isOf(this.#sessions)) return parent
    const call = { kind, message, parent, startedAt: performance.now() } as WatchedCall
    this.#underWay.set(message, call)
    for (const watcher of this.#watchers) watcher.started?.(call)
    return call
  }

  #ended(message: WatchedCall['message']): void {
    const call = this.#underWay.get(message)
    if (!call) return
    this.#underWay.delete(message)
    const seconds = (performance.now() - call.startedAt) / 1_000
    for (const watcher of this.#watchers) watcher.ended(call, seconds)
  }
}
