import type { Subscription } from '../_shared/broadcast.ts'
import type { PostgresClient } from './client.ts'

/** The channel of NOTIFY. A channel belongs to a database, not to a schema. */
export const CHANNEL = 'sojourn_sessions'

const MIN_RECONNECT_PAUSE = 50
const MAX_RECONNECT_PAUSE = 2_000

/** Listens on {@link CHANNEL}. */
export type Listen = (tell: (id: string) => void) => Subscription

/** The part of a `pg` Pool that makes a connection beside the pool: a listener must not take one out of it. */
interface PgPool {
  readonly Client: new (options: object) => PgConnection
  readonly options: object
}

interface PgConnection {
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<unknown>
}

interface PostgresJsListener {
  listen(channel: string, tell: (message: string) => void): Promise<{ unlisten(): Promise<unknown> }>
}

/** Returns `undefined` for a single connection of `pg`: it belongs to the application, which may not listen on it. */
export function listenOf(client: PostgresClient): Listen | undefined {
  if ('listen' in client) {
    const listener = client as unknown as PostgresJsListener
    return (tell) => {
      const ready = listener.listen(CHANNEL, tell)
      return { ready, end: async () => void ready.then((listening) => listening.unlisten()).catch(() => undefined) }
    }
  }
  if ('Client' in client && 'options' in client) return (tell) => new PgListener(client as unknown as PgPool, tell)
  return undefined
}

/**
 * Sends the notices of one turn together. Each NOTIFY commits by itself, and commits with notices wait for each other:
 * those of a revocation would take ten times as long as its deletions.
 */
export class Together {
  readonly #sendAll: (notices: readonly string[]) => Promise<void>
  #next: { readonly notices: string[]; readonly sent: Promise<void> } | undefined

  constructor(sendAll: (notices: readonly string[]) => Promise<void>) {
    this.#sendAll = sendAll
  }

  send(notice: string): Promise<void> {
    this.#next ??= this.#begin()
    this.#next.notices.push(notice)
    return this.#next.sent
  }

  #begin(): { readonly notices: string[]; readonly sent: Promise<void> } {
    const notices: string[] = []
    const sent = Promise.resolve().then(() => {
      this.#next = undefined
      return this.#sendAll(notices)
    })
    return { notices, sent }
  }
}

/** A connection that listens. When it breaks, another one takes its place. */
class PgListener implements Subscription {
  readonly ready: Promise<void>
  readonly #pool: PgPool
  readonly #tell: (id: string) => void
  #connection: PgConnection | undefined
  #isEnded = false
  #pause = MIN_RECONNECT_PAUSE

  constructor(pool: PgPool, tell: (id: string) => void) {
    this.#pool = pool
    this.#tell = tell
    this.ready = this.#connect()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#connection?.end().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    const connection = new this.#pool.Client(this.#pool.options)
    this.#connection = connection
    connection.on('notification', ({ payload }) => payload !== undefined && this.#tell(payload))
    connection.on('error', () => undefined)
    try {
      await connection.connect()
      await connection.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      // A standby accepts the connection and then refuses to listen. The next attempt opens another one.
      void connection.end().catch(() => undefined)
      throw error
    }
    this.#pause = MIN_RECONNECT_PAUSE
    connection.on('end', () => this.#again())
  }

  #again(): void {
    if (this.#isEnded) return
    this.#pause = Math.min(this.#pause * 2, MAX_RECONNECT_PAUSE)
    setTimeout(() => {
      if (!this.#isEnded) this.#connect().catch(() => this.#again())
    }, this.#pause).unref()
  }
}
