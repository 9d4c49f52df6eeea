/**
 * What is measured beside the Redis store: the plain commands on the same keys.
 *
 * @module
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { createClient } from 'redis'
import { startRedis } from '../../../scripts/engines/redis.ts'
import type { StoredRecord } from '../../../src/contracts.ts'
import { NOW } from '../../../src/testing/store-contract/rule.ts'
import { formatHead } from '../../../src/stores/redis/format.ts'
import { redisStore } from '../../../src/stores/redis/index.ts'
import type { Engine, Ground } from '../engine.ts'
import { chunks, program } from '../engine.ts'

/** Redis keeps a record this much longer than it lives. Milliseconds. */
const SLACK = 60_000

async function join(url: string): Promise<Ground> {
  const client = createClient({ url })
  client.on('error', (error: Error) => console.error(error))
  await client.connect()
  const store = redisStore(client)
  const keysOf = async (principal: string): Promise<string[]> => (await client.zRange(indexKey(principal), 0, -1)).map(recordKey)
  return {
    store,
    own: {
      read: (id) => client.get(recordKey(id)),
      write: (record) => client.set(recordKey(record.id), formatHead(record) + record.body, { expiration: 'KEEPTTL' }),
      async signIn(record) {
        await client.set(recordKey(record.id), formatHead(record) + record.body, {
          expiration: { type: 'PX', value: ttl(record.expiresAt) },
        })
        await client.get(`sojourn:epoch:{${record.principal}}`)
      },
      async list(principal) {
        const keys = await keysOf(principal)
        return keys.length === 0 ? [] : client.mGet(keys)
      },
      async revokeAll(principal) {
        const keys = await keysOf(principal)
        await client.del([...keys, indexKey(principal)])
      },
    },
    fill: (records) => send(url, creating(records)),
    async expire(records) {
      const before = await client.dbSize()
      await client.sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
      await send(url, expiring(records))
      await client.sendCommand(['DEBUG', 'SET-ACTIVE-EXPIRE', '1'])
      return { isOver: async () => (await client.dbSize()) <= before }
    },
    async weigh() {
      return Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1])
    },
    async close() {
      await store.close()
      client.destroy()
    },
  }
}

/** Sends one command behind the other; only the last one has a reply. */
async function send(url: string, commands: Iterable<string>): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  const answered = once(socket, 'data')
  Readable.from(chunks(silent(commands))).pipe(socket)
  const [answer] = (await answered) as [Buffer]
  if (!answer.toString().startsWith('+OK')) throw new Error(`Redis was not filled: ${answer.toString()}`)
  socket.destroy()
}

/** What the store writes for each record. Those that have expired are left out. */
function* creating(records: Iterable<StoredRecord>): Generator<string> {
  for (const record of records) {
    if (record.expiresAt <= NOW) continue
    const { id, principal, expiresAt, retainUntil, body } = record
    yield commandOf('SET', recordKey(id), formatHead(record) + body, 'PX', String(ttl(expiresAt)))
    yield commandOf('ZADD', indexKey(principal!), String(retainUntil), id)
    yield commandOf('PEXPIRE', indexKey(principal!), String(ttl(retainUntil)))
  }
}

/** The records alone: the entries of an index outlive them. */
function* expiring(records: Iterable<StoredRecord>): Generator<string> {
  for (const record of records) yield commandOf('SET', recordKey(record.id), formatHead(record) + record.body, 'PX', '1')
}

function* silent(commands: Iterable<string>): Generator<string> {
  yield commandOf('CLIENT', 'REPLY', 'OFF')
  yield* commands
  yield commandOf('CLIENT', 'REPLY', 'ON')
}

/** All of it is ASCII. */
function commandOf(...words: readonly string[]): string {
  let command = `*${words.length}\r\n`
  for (const word of words) command += `$${word.length}\r\n${word}\r\n`
  return command
}

function recordKey(id: string): string {
  return `sojourn:{${id}}`
}

function indexKey(principal: string): string {
  return `sojourn:of:{${principal}}`
}

function ttl(deadline: number): number {
  return deadline - NOW + SLACK
}

export const redis: Engine = {
  isShared: true,
  async start() {
    const server = await startRedis(program('redis'), ['--enable-debug-command', 'local'])
    return { location: `redis://127.0.0.1:${server.ports[0]}`, stop: () => server.stop() }
  },
  join,
}
