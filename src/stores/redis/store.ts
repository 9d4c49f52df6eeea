import type {
  Call,
  Notices,
  PrincipalIndex,
  Scanner,
  SessionStore,
  StoreHealth,
  StoredRecord,
  StoreEvent,
} from '../../core/contracts/store.ts'
import { reasonOfRedis } from '../../core/storage/engine-errors.ts'
import { orRefused } from '../../core/storage/engine-refusal.ts'
import { Broadcast } from '../_shared/broadcast.ts'
import { PAGE_SIZE } from '../_shared/page.ts'
import type { Commands, Reply, Script } from './client.ts'
import { healthOf, warnOfEviction } from './eviction.ts'
import { digits, formatHead, parseOwner, parseRecord } from './format.ts'
import type { PubSub } from './notices.ts'
import { scannerOf } from './scanner.ts'
import * as scripts from './scripts.ts'

/** Redis forgets a record this long after its deadline, because core's clock decides, not Redis's. Milliseconds. */
const EXPIRY_SLACK = 60_000

/** How long an index entry may wait for its record: much longer than any call may take. Milliseconds. */
const INDEX_GRACE = 60_000

/** How long to wait for replicas. Milliseconds. */
const REPLICA_TIMEOUT = 1_000

/** The store contract, built from GET and a few scripts. */
export class RedisSessionStore implements SessionStore {
  readonly engine = 'redis'
  readonly principals: PrincipalIndex
  readonly scanner: Scanner
  readonly notices?: Notices
  readonly #broadcast: Broadcast | undefined
  readonly #commands: Commands
  readonly #prefix: string
  /** How many replicas must have a login, a logout or a revocation before the call returns. */
  readonly #replicas: number
  readonly #release: () => Promise<void>
  readonly #listeners: ((event: StoreEvent) => void)[] = []
  /** Whether the store has looked at the server's settings. It does so at the first write, and no call waits for it. */
  #hasLooked = false

  constructor(commands: Commands, pubSub: PubSub | undefined, prefix: string, replicas: number, release: () => Promise<void>) {
    this.#commands = commands
    this.#replicas = replicas
    this.#prefix = prefix
    this.#release = release
    this.principals = this.#principalIndex()
    if (pubSub) {
      const channel = `${prefix}ended`
      const broadcast = new Broadcast((tell) => pubSub.listen(channel, tell))
      this.#broadcast = broadcast
      this.notices = {
        publish: async (id) => void (await pubSub.publish(channel, id)),
        subscribe: (listener) => broadcast.subscribe(listener),
      }
    }
    this.scanner = scannerOf(commands, `${prefix}{`, (key, now) => this.#live(idOf(key.slice(prefix.length)), now))
  }

  load(id: string, { now }: Call): Promise<StoredRecord | undefined> {
    return this.#live(id, now)
  }

  #live(id: string, now: number): Promise<StoredRecord | undefined> {
    return this.#commands.get(this.#recordKey(id)).then((text) => {
      const record = this.#read(id, text)
      return record && record.expiresAt > now ? record : undefined
    })
  }

  async health(): Promise<StoreHealth> {
    return healthOf(this.#commands)
  }

  async create(record: StoredRecord, { now }: Call): Promise<'created' | 'exists'> {
    if (record.principal !== null) await this.#enter(record.principal, record, now)
    const args = [formatHead(record) + record.body, ttl(record.expiresAt, now)]
    if (!isOne(await this.#write(scripts.create, this.#recordKey(record.id), args))) return 'exists'
    if (record.principal !== null) await this.#acknowledged(this.#recordKey(record.id))
    return 'created'
  }

  async update(record: StoredRecord, call: Call): Promise<'updated' | 'gone' | StoredRecord> {
    const renewing = this.#renew(record, call.now)
    let answer = await this.#compareAndSet(record, call, false)
    await renewing
    if (answer === 'index') {
      // The index comes first: an entry without a record does no harm, a record without an entry is missed by
      // revocations.
      if (record.principal !== null) await this.#enter(record.principal, record, call.now)
      answer = await this.#compareAndSet(record, call, true)
      await this.#acknowledged(this.#recordKey(record.id))
    } else if (answer !== 'updated' && answer !== 'gone') {
      // The conflicting version may be our own write whose reply was lost, so wait for the replicas here too.
      await this.#acknowledged(this.#recordKey(record.id))
    }
    if (answer === 'updated' || answer === 'gone') return answer
    return this.#read(record.id, answer) ?? 'gone'
  }

  async touch(id: string, expiresAt: number, { now }: Call): Promise<boolean> {
    const args = [digits(now), digits(expiresAt), String(EXPIRY_SLACK)]
    const touched = (await this.#commands.run(scripts.touch, this.#recordKey(id), args)) as string | null
    if (touched === null) return false
    const { retainUntil, principal } = parseOwner(touched)
    await this.#renew({ id, retainUntil, principal }, now)
    return true
  }

  async delete(id: string, _call: Call): Promise<boolean> {
    const marked = (await this.#commands.run(scripts.remove, this.#recordKey(id), ['', '0'])) as string | null
    // Wait also if the record was gone: an earlier attempt may have deleted it and failed here.
    await this.#acknowledged(this.#recordKey(id))
    if (marked === null) return false
    if (marked.startsWith('+')) await this.#commands.run(scripts.leave, this.#indexKey(marked.slice(1)), [id])
    return true
  }

  async close(): Promise<void> {
    await this.#broadcast?.close()
    await this.#release()
  }

  onEvent(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener)
  }

  #principalIndex(): PrincipalIndex {
    return {
      // Pages go by entry, not by position: revocation deletes a page before it asks for the next one.
      list: async (principal, cursor, { now }) => {
        const [score = String(now), after = ''] = cursor?.split(' ') ?? []
        const reply = await this.#commands.run(scripts.entries, this.#indexKey(principal), [score, after, String(PAGE_SIZE + 1)])
        const entries = pairsOf(reply as string[])
        const page = entries.slice(0, PAGE_SIZE).map(([id]) => id)
        const texts = await Promise.all(page.map((id) => this.#commands.get(this.#recordKey(id))))
        // Only missing records are healed: a record that has expired by this clock may be live by another process's
        // clock.
        const missing = page.filter((_, i) => texts[i] === null)
        if (missing.length > 0)
          await this.#commands.run(scripts.heal, this.#indexKey(principal), [String(now), String(INDEX_GRACE), ...missing])
        // An old entry may name an id that now belongs to another principal.
        const records = page
          .map((id, i) => this.#read(id, texts[i]!))
          .filter((record) => record !== undefined)
          .filter((record) => record.principal === principal && record.expiresAt > now)
        if (entries.length <= PAGE_SIZE) return { records }
        const [id, deadline] = entries[PAGE_SIZE - 1]!
        return { records, next: `${deadline} ${id}` }
      },

      deleteMany: async (principal, ids) => {
        const answers = await Promise.all(ids.map((id) => this.#commands.run(scripts.remove, this.#recordKey(id), [principal, '1'])))
        await Promise.all(ids.map((id) => this.#acknowledged(this.#recordKey(id))))
        const removed = ids.filter((_, i) => answers[i] !== null)
        if (removed.length > 0) await this.#commands.run(scripts.leave, this.#indexKey(principal), removed)
        return removed
      },

      epoch: async (principal) => (await this.#commands.get(this.#epochKey(principal))) ?? undefined,

      raise: async (principal, value, keepUntil, { now }) => {
        await this.#commands.run(scripts.raise, this.#epochKey(principal), [value, String(Math.max(1, keepUntil - now))])
        await this.#acknowledged(this.#epochKey(principal))
      },
    }
  }

  #compareAndSet(record: StoredRecord, { now }: Call, indexed: boolean): Promise<string> {
    const head = formatHead(record)
    const args = [digits(now), digits(record.version - 1), head, head + record.body, ttl(record.expiresAt, now), indexed ? '1' : '0']
    return this.#write(scripts.update, this.#recordKey(record.id), args) as Promise<string>
  }

  async #enter(principal: string, record: Entry, now: number): Promise<void> {
    await this.#writeEntry(principal, record, now)
    await this.#acknowledged(this.#indexKey(principal))
  }

  /**
   * Enters a session into its index again. An engine that evicts keys drops the index of a session that lives, because
   * it is read least often. It fails silently, because the entry is normally there.
   */
  async #renew(record: Entry, now: number): Promise<void> {
    if (record.principal !== null) await this.#writeEntry(record.principal, record, now).catch(() => undefined)
  }

  async #writeEntry(principal: string, { id, retainUntil }: Entry, now: number): Promise<void> {
    await this.#write(scripts.enter, this.#indexKey(principal), [String(retainUntil), id, ttl(retainUntil, now), String(now)])
  }

  /** A write of one script, before which the call has written nothing but an index entry. */
  #write(script: Script, key: string, args: string[]): Promise<Reply> {
    if (!this.#hasLooked) void warnOfEviction(this.#commands)
    this.#hasLooked = true
    return orRefused(() => this.#commands.run(script, key, args), reasonOfRedis)
  }

  async #acknowledged(key: string): Promise<void> {
    if (this.#replicas === 0) return
    const have = await this.#commands.wait(key, this.#replicas, REPLICA_TIMEOUT)
    if (have < this.#replicas) throw new Error(`${have} of ${this.#replicas} replicas have the write.`)
  }

  #read(id: string, text: string | null): StoredRecord | undefined {
    if (text === null) return undefined
    const record = parseRecord(id, text)
    if (!record) for (const listener of this.#listeners) listener({ type: 'unreadable', id })
    return record
  }

  // The text in braces decides the slot in a cluster: by its id for a record, by the principal for its index and epoch.
  #recordKey(id: string): string {
    return `${this.#prefix}{${hashTag(id)}}`
  }

  #indexKey(principal: string): string {
    return `${this.#prefix}of:{${hashTag(principal)}}`
  }

  #epochKey(principal: string): string {
    return `${this.#prefix}epoch:{${hashTag(principal)}}`
  }
}

type Entry = Pick<StoredRecord, 'id' | 'retainUntil' | 'principal'>

/** Clients can be configured to return integers as texts. */
function isOne(reply: Reply): boolean {
  return Number(reply) === 1
}

/** The ids and scores of a reply. */
function pairsOf(reply: readonly string[]): [id: string, score: string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < reply.length; i += 2) pairs.push([String(reply[i]), String(reply[i + 1])])
  return pairs
}

/** Redis ends a hash tag at the first closing brace, and ignores an empty one. */
function hashTag(text: string): string {
  return text === '' || text.includes('}') ? `=${Buffer.from(text).toString('base64url')}` : text
}

/** Returns the id in `{tag}`, the part of a record's key after the prefix. */
function idOf(tagged: string): string {
  const text = tagged.slice(1, -1)
  return text.startsWith('=') ? Buffer.from(text.slice(1), 'base64url').toString() : text
}

function ttl(deadline: number, now: number): string {
  return String(Math.max(1, deadline - now) + EXPIRY_SLACK)
}
