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

/**
 * Where the asynchronous context finds the call that is under way. A connection that a client opens meanwhile keeps the
 * context for as long as it lives, so the place is emptied when the call has ended. What happens on that connection
 * later is not part of the call.
 */
interface Place {
  call: WatchedCall | undefined
}

/** Is told of each call. */
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
  readonly #current = new AsyncLocalStorage<Place | undefined>()
  readonly #underWay = new WeakMap<object, Place>()

  constructor(sessions: object, watchers: readonly Watcher[]) {
    this.#sessions = sessions
    this.#watchers = watchers
  }

  watch(kind: WatchedCall['kind']): () => void {
    const channels = tracingChannel<Place | undefined, WatchedCall['message']>(`sojourn:${kind}`)
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

  #begun(kind: WatchedCall['kind'], message: WatchedCall['message']): Place | undefined {
    const above = this.#current.getStore()
    if (!message.isOf(this.#sessions)) return above
    const call = { kind, message, parent: above?.call, startedAt: performance.now() } as WatchedCall
    const place: Place = { call }
    this.#underWay.set(message, place)
    for (const watcher of this.#watchers) watcher.started?.(call)
    return place
  }

  #ended(message: WatchedCall['message']): void {
    const place = this.#underWay.get(message)
    const call = place?.call
    if (!call) return
    this.#underWay.delete(message)
    place.call = undefined
    const seconds = (performance.now() - call.startedAt) / 1_000
    for (const watcher of this.#watchers) watcher.ended(call, seconds)
  }
}
