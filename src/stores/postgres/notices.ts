import type { PostgresClient } from './client.ts'

/** NOTIFY concerns one database, whatever the schema. */
export const CHANNEL = 'sojourn_sessions'

const SHORTEST_PAUSE = 50
const LONGEST_PAUSE = 2_000

/** Listens on {@link CHANNEL}; answers how to end it. */
export type Listen = (tell: (id: string) => void) => Promise<() => Promise<void>>

/** The part of a `pg` Pool that makes a connection beside it: one of its own would be missing there. */
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

/** `undefined` for a single connection of `pg`, which is not ours to listen on. */
export function listenOf(client: PostgresClient): Listen | undefined {
  if ('listen' in client) {
    const listener = client as unknown as PostgresJsListener
    return async (tell) => {
      const listening = await listener.listen(CHANNEL, tell)
      return async () => void (await listening.unlisten().catch(() => undefined))
    }
  }
  if ('Client' in client && 'options' in client) return async (tell) => new PgListener(client as unknown as PgPool, tell).open()
  return undefined
}

/** A connection that listens, and another one when it breaks. */
class PgListener {
  readonly #pool: PgPool
  readonly #tell: (id: string) => void
  #connection: PgConnection | undefined
  #isClosed = false
  #pause = SHORTEST_PAUSE

  constructor(pool: PgPool, tell: (id: string) => void) {
    this.#pool = pool
    this.#tell = tell
  }

  async open(): Promise<() => Promise<void>> {
    await this.#connect()
    return async () => {
      this.#isClosed = true
      await this.#connection?.end().catch(() => undefined)
    }
  }

  async #connect(): Promise<void> {
    const connection = new this.#pool.Client(this.#pool.options)
    connection.on('notification', ({ payload }) => payload !== undefined && this.#tell(payload))
    connection.on('error', () => undefined)
    await connection.connect()
    connection.on('end', () => this.#again())
    await connection.query(`LISTEN ${CHANNEL}`)
    this.#pause = SHORTEST_PAUSE
    this.#connection = connection
    if (this.#isClosed) await connection.end()
  }

  #again(): void {
    if (this.#isClosed) return
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    setTimeout(() => {
      if (!this.#isClosed) this.#connect().catch(() => this.#again())
    }, this.#pause).unref()
  }
}
