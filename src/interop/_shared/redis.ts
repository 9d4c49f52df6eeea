/**
 * Sessions that another system keeps in Redis, one value for each key. The values are bytes, so the clients are asked
 * for bytes.
 *
 * @module
 */
import { optionError } from '../../core/basics/errors.ts'
import type { Call } from '../../core/contracts/store.ts'
import type { ForeignEntry, ForeignStore } from './format.ts'

/** A connected client of node-redis (`redis` 5 or newer). */
export interface ForeignNodeRedis {
  sendCommand(args: (string | Buffer)[], options?: { typeMapping?: Record<number, unknown> }): Promise<unknown>
}

/** A client of ioredis. */
export interface ForeignIoRedis {
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>
}

const LOAD = `local v = redis.call('GET', KEYS[1])
if not v then return 0 end
return {v, redis.call('PTTL', KEYS[1])}`

const REPLACE = `local v = redis.call('GET', KEYS[1])
if not v then return 0 end
if v ~= ARGV[1] then return {v, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/** Redis' reply type `$` (bulk strings), which node-redis is told to return as bytes. */
const BYTES = { 36: Buffer }

function wrongClient(option: string): Error {
  return optionError(`${option}: pass a connected client of node-redis (\`redis\`) or ioredis.`)
}

/** Each call is one command or one script, so a write is compared and done in one atomic step. */
export class RedisEntries implements ForeignStore<Buffer> {
  readonly #send: (command: string, ...args: (string | Buffer)[]) => Promise<unknown>
  readonly #keyOf: (session: string) => string

  /**
   * @param option where the client was passed, for messages
   * @throws ERR_SESSION_OPTIONS
   */
  constructor(client: ForeignNodeRedis | ForeignIoRedis, keyOf: (session: string) => string, option: string) {
    if (typeof client !== 'object' || client === null) throw wrongClient(option)
    if ('callBuffer' in client) this.#send = (command, ...args) => client.callBuffer(command, ...args)
    else if ('sendCommand' in client) this.#send = (...args) => client.sendCommand(args, { typeMapping: BYTES })
    else throw wrongClient(option)
    this.#keyOf = keyOf
  }

  async load(session: string, { now }: Call): Promise<ForeignEntry<Buffer> | undefined> {
    return entryOf(await this.#send('EVAL', LOAD, '1', this.#keyOf(session)), now)
  }

  async create(session: string, raw: Buffer, expiresAt: number, { now }: Call): Promise<'created' | 'exists'> {
    const reply = await this.#send('SET', this.#keyOf(session), raw, 'NX', 'PX', ttlOf(expiresAt, now))
    return reply === null ? 'exists' : 'created'
  }

  async replace(
    session: string,
    old: Buffer,
    next: Buffer,
    expiresAt: number,
    { now }: Call,
  ): Promise<'updated' | 'gone' | ForeignEntry<Buffer>> {
    const reply = await this.#send('EVAL', REPLACE, '1', this.#keyOf(session), old, next, ttlOf(expiresAt, now))
    return reply === 1 ? 'updated' : (entryOf(reply, now) ?? 'gone')
  }

  async touch(session: string, expiresAt: number, { now }: Call): Promise<boolean> {
    return (await this.#send('PEXPIRE', this.#keyOf(session), ttlOf(expiresAt, now))) === 1
  }

  async delete(session: string): Promise<boolean> {
    return (await this.#send('DEL', this.#keyOf(session))) === 1
  }

  /** Leaves the client open, because it belongs to the application. */
  async close(): Promise<void> {}
}

function entryOf(reply: unknown, now: number): ForeignEntry<Buffer> | undefined {
  if (!Array.isArray(reply)) return undefined
  const [raw, rest] = reply as [Buffer, number]
  return { raw, expiresAt: rest > 0 ? now + rest : undefined }
}

function ttlOf(expiresAt: number, now: number): string {
  return String(Math.max(1, Math.ceil(expiresAt - now)))
}
