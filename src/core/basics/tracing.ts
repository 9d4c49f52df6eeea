/**
 * What a process can watch from outside: tracing channels of `node:diagnostics_channel`. Where nobody subscribes to the
 * `start` of a channel, a call pays for one question and makes no message.
 *
 * A channel is asked by its `start`, because Bun's tracing channel does not say itself whether anybody listens.
 *
 * @module
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { TracingChannel } from 'node:diagnostics_channel'
import { isLater } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Events } from './events.ts'

/** Which events belong to an object that the application holds: its sessions. */
const sources = new WeakMap<object, Events>()

export function exposeSource(sessions: object, events: Events): void {
  sources.set(sessions, events)
}

/** The message of one call: the same object on all channels of its kind. It holds no token and no session data. */
export abstract class TraceMessage {
  /** Whether the call waits: then `asyncStart` and `asyncEnd` follow `end`, and its result is known only then. */
  waits = false
  /** What the call threw. */
  error: unknown
  readonly #source: Events

  constructor(source: Events) {
    this.#source = source
  }

  /** The `name` of the application's sessions. */
  get application(): string {
    return this.#source.application
  }

  /** Whether the call is one of these sessions, where a process has several. */
  isOf(sessions: object): boolean {
    return sources.get(sessions) === this.#source
  }
}

/** A message about one session. */
export abstract class SessionTrace extends TraceMessage {
  /** The public id; `undefined` until it is known, and where there is no session. */
  id: string | undefined = undefined
  #principal: string | null = null

  /** Who is signed in. It is not among the message's own properties: only who asks for it gets it. */
  get principal(): string | null {
    return this.#principal
  }

  isAbout(session: { readonly id: string | undefined; readonly principal: string | null } | undefined): void {
    this.id = session?.id
    this.#principal = session?.principal ?? null
  }
}

/** A request reads its session: channel `sojourn:load`. Where there is none, the `id` stays `undefined`. */
export class LoadTrace extends SessionTrace {}

/**
 * What became of a commit. `ended`: it only ended the session. `unchanged`: there was nothing to write. `merged`: other
 * writers came first, and both survive. `dropped`: the session had ended. `withheld`: see the event of that name.
 */
export type CommitResult = 'created' | 'written' | 'merged' | 'unchanged' | 'dropped' | 'withheld' | 'ended'

/** A request saves what it changed: channel `sojourn:commit`. */
export class CommitTrace extends SessionTrace {
  /** How many changes were recorded. */
  readonly operations: number
  /** `undefined` until it is known, and after an error. */
  result: CommitResult | undefined = undefined
  /** How often the record was written, or compared, until there was no conflict. */
  attempts = 0

  constructor(source: Events, operations: number) {
    super(source)
    this.operations = operations
  }

  became({ result, attempts }: { readonly result: CommitResult; readonly attempts: number }): void {
    this.result = result
    this.attempts = attempts
  }
}

/** `session.login(…)`, until it is recorded; the commit saves it. Channel `sojourn:login`. */
export class LoginTrace extends SessionTrace {
  /** Whether the same principal was signed in before, and proved again who they are. */
  again = false
}

/** One call of the store: channel `sojourn:store`. */
export class StoreTrace extends TraceMessage {
  /** The name of the call in the store contract, such as `load` or `principals.epoch`. */
  readonly operation: string
  /** The `engine` of the store; `undefined` if it does not say. */
  readonly engine: string | undefined

  constructor(source: Events, operation: string, engine: string | undefined) {
    super(source)
    this.operation = operation
    this.engine = engine
  }
}

/** The channels of one kind of call. */
export class Trace<Message extends TraceMessage> {
  readonly #channels: TracingChannel<unknown, Message>

  constructor(name: `sojourn:${string}`) {
    this.#channels = tracingChannel<unknown, Message>(name)
  }

  /** Hot paths ask this before they make a message. */
  get isWatched(): boolean {
    return this.#channels.start.hasSubscribers
  }

  /** Runs a call that is watched. What is there at once stays so. */
  run<T>(message: Message, ask: () => Answer<T>): Answer<T> {
    const { start, end, error } = this.#channels
    return start.runStores(message, () => {
      try {
        const answer = ask()
        if (!isLater(answer)) return answer
        message.waits = true
        return this.#later(message, answer)
      } catch (cause) {
        message.error = cause
        error.publish(message)
        throw cause
      } finally {
        end.publish(message)
      }
    })
  }

  #later<T>(message: Message, answer: Promise<T>): Promise<T> {
    const { asyncStart, asyncEnd, error } = this.#channels
    const settled = (): void => {
      asyncStart.publish(message)
      asyncEnd.publish(message)
    }
    return answer.then(
      (value) => {
        settled()
        return value
      },
      (cause: unknown) => {
        message.error = cause
        error.publish(message)
        settled()
        throw cause
      },
    )
  }
}

export const loads: Trace<LoadTrace> = new Trace('sojourn:load')
export const commits: Trace<CommitTrace> = new Trace('sojourn:commit')
export const logins: Trace<LoginTrace> = new Trace('sojourn:login')
export const storeCalls: Trace<StoreTrace> = new Trace('sojourn:store')
