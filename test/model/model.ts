/**
 * A session system in the simplest words: no tokens, no records, no versions. What it says is what the README promises
 * when one step follows the other; the requests themselves stay open across each other.
 */
export const IDLE = 30 * 60_000
export const ABSOLUTE = 3 * 60 * 60_000
/** A sign-in may take this long. An epoch is kept as long as a session may live. */
const MAX_SIGN_IN = 60 * 60_000

export type Channel = 'signed-in' | 'anonymous'
export type Data = Map<string, unknown>

export interface Stay {
  data: Data
  notes: string[]
  principal: string | null
  /** Counts the tokens; only the newest is worth anything. */
  generation: number
  writes: number
  remember: boolean
  isDead: boolean
  expiresAt: number
  absoluteExpiresAt: number
}

export interface Ticket {
  readonly stay: Stay
  readonly generation: number
}

export type Tickets = Partial<Record<Channel, Ticket>>

export type Change =
  | { readonly type: 'set'; readonly key: string; readonly value: unknown }
  | { readonly type: 'delete'; readonly key: string }
  | { readonly type: 'increment'; readonly by: number }
  | { readonly type: 'append'; readonly item: string }
  | { readonly type: 'flash'; readonly note: string }
  | { readonly type: 'take'; readonly notes: readonly string[] }
  | { readonly type: 'login'; readonly principal: string; readonly remember: boolean }
  | { readonly type: 'rotate' }

/** A request under way. */
export interface Exchange {
  readonly at: number
  readonly openedAt: number
  readonly tickets: Tickets
  isLoaded: boolean
  stay: Stay | undefined
  /** The generation it came in with, as far as it tells older from newer logins. */
  generation: number
  /** Its session ended while it was open, and its process knows. */
  isDropped: boolean
  /** What it read. */
  before: { data: Data; notes: string[]; expiresAt: number; principal: string | null; writes: number }
  changes: Change[]
  /** The sessions that it ends, in the channels in which it met them. */
  ends: { readonly stay: Stay; readonly channel: Channel }[]
  signIn: { readonly principal: string; readonly at: number; readonly epoch: number } | undefined
}

/** How a request ends: with an error, or with what the client's jar becomes. */
export type Outcome =
  | { readonly error: string }
  | { readonly take: readonly Channel[]; readonly give?: { readonly channel: Channel; readonly ticket: Ticket } }

export class Model {
  now: number
  readonly stays: Stay[] = []
  readonly #ended: readonly [Map<Stay, number>, Map<Stay, number>] = [new Map(), new Map()]
  readonly #epochs = new Map<string, { value: number; until: number }>()
  #raised = 0

  constructor(now: number) {
    this.now = now
  }

  isLive(stay: Stay): boolean {
    return !stay.isDead && stay.expiresAt > this.now && stay.absoluteExpiresAt > this.now
  }

  liveOf(principal: string): Stay[] {
    return this.stays.filter((stay) => stay.principal === principal && this.isLive(stay))
  }

  open(at: number, tickets: Tickets): Exchange {
    return {
      at,
      openedAt: this.now,
      tickets: { ...tickets },
      isLoaded: false,
      stay: undefined,
      generation: 0,
      isDropped: false,
      before: nothing(),
      changes: [],
      ends: [],
      signIn: undefined,
    }
  }

  load(exchange: Exchange): void {
    if (exchange.isLoaded) return
    exchange.isLoaded = true
    const tickets = [exchange.tickets['signed-in'], exchange.tickets['anonymous']].filter((ticket) => ticket !== undefined)
    const good = tickets.find(({ stay, generation }) => this.isLive(stay) && generation === stay.generation)
    if (!good) {
      exchange.isDropped = tickets.some(({ stay }) => (this.#ended[exchange.at]!.get(stay) ?? -1) >= exchange.openedAt)
      return
    }
    const { stay } = good
    exchange.stay = stay
    exchange.generation = stay.generation
    exchange.before = {
      data: new Map(stay.data),
      notes: [...stay.notes],
      expiresAt: stay.expiresAt,
      principal: stay.principal,
      writes: stay.writes,
    }
    if (exchange.changes.length === 0) this.#touch(stay, stay.expiresAt)
  }

  /** What the request sees. */
  view(exchange: Exchange): { data: Data; notes: string[]; principal: string | null } {
    const { data, notes, principal } = exchange.before
    const seen = { data: new Map(data), notes: [...notes], principal }
    for (const change of exchange.changes) apply(seen, change)
    return seen
  }

  change(exchange: Exchange, change: Change): void {
    exchange.changes.push(change)
  }

  login(exchange: Exchange, principal: string, remember: boolean): void {
    const signIn = { principal, at: this.now, epoch: this.#epoch(principal) }
    this.load(exchange)
    const { principal: present } = this.view(exchange)
    if (present !== null && present !== principal) this.end(exchange)
    exchange.changes.push({ type: 'login', principal, remember })
    exchange.signIn = signIn
  }

  /** Logout and destroy. Also of a session that another request has ended: what follows begins anew. */
  end(exchange: Exchange): void {
    this.load(exchange)
    exchange.isDropped = false
    if (!exchange.stay && exchange.changes.length === 0) return
    if (exchange.stay) exchange.ends.push({ stay: exchange.stay, channel: exchange.before.principal === null ? 'anonymous' : 'signed-in' })
    Object.assign(exchange, { stay: undefined, changes: [], signIn: undefined, before: nothing() })
  }

  rotate(exchange: Exchange): void {
    this.load(exchange)
    if (exchange.stay) exchange.changes.push({ type: 'rotate' })
  }

  finish(exchange: Exchange): Outcome {
    const take = new Set<Channel>()
    for (const { stay, channel: own } of exchange.ends) {
      this.#kill(exchange.at, stay)
      take.add(own)
      for (const channel of heldBy(exchange)) take.add(channel)
    }
    if (exchange.changes.length === 0) return { take: [...take] }
    this.load(exchange)
    return this.#save(exchange, take)
  }

  #save(exchange: Exchange, take: Set<Channel>): Outcome {
    const { stay, changes } = exchange
    const signsIn = changes.some(({ type }) => type === 'login')
    const renews = changes.some(({ type }) => type === 'rotate')
    if (!stay) return exchange.isDropped && !signsIn ? { take: [...take] } : this.#create(exchange, take)
    const isCurrent = this.isLive(stay) && stay.generation === exchange.generation
    if (!isCurrent && signsIn) return this.#create(exchange, take)
    if (!this.isLive(stay)) return renews ? { error: 'ERR_SESSION_GONE' } : { take: [...take] }
    if (!isCurrent) return { error: 'ERR_SESSION_SUPERSEDED' }
    const unchanged = JSON.stringify(shape(stay))
    for (const change of changes) apply(stay, change)
    if (signsIn || renews || JSON.stringify(shape(stay)) !== unchanged) this.#renew(stay, changes)
    else if (stay.writes === exchange.before.writes) this.#touch(stay, exchange.before.expiresAt)
    return this.#give(exchange, stay, take)
  }

  #create(exchange: Exchange, take: Set<Channel>): Outcome {
    const stay: Stay = { ...nothing(), generation: 0, remember: false, isDead: false, expiresAt: 0, absoluteExpiresAt: this.now + ABSOLUTE }
    for (const change of exchange.changes) apply(stay, change)
    if (stay.data.size + stay.notes.length === 0 && stay.principal === null) return { take: [...take] }
    this.#renew(stay, exchange.changes)
    stay.generation ||= 1
    this.stays.push(stay)
    return this.#give(exchange, stay, take, true)
  }

  /** A write: newer tokens, and a later deadline, never an earlier one unless a login changed how it is counted. */
  #renew(stay: Stay, changes: readonly Change[]): void {
    const { remember } = stay
    stay.writes++
    for (const change of changes) {
      if (change.type === 'login' || change.type === 'rotate') stay.generation++
      if (change.type !== 'login') continue
      stay.remember = change.remember
      stay.absoluteExpiresAt = this.now + ABSOLUTE
    }
    stay.expiresAt = Math.min(Math.max(this.#deadline(stay), stay.remember === remember ? stay.expiresAt : 0), stay.absoluteExpiresAt)
  }

  #give({ at, changes, signIn, tickets }: Exchange, stay: Stay, take: Set<Channel>, isNew = false): Outcome {
    if (signIn && (this.now - signIn.at >= MAX_SIGN_IN || this.#epoch(signIn.principal) !== signIn.epoch)) {
      this.#kill(at, stay)
      return { error: 'ERR_SESSION_LOGIN_REVOKED' }
    }
    if (!isNew && !changes.some(({ type }) => type === 'login' || type === 'rotate')) return { take: [...take] }
    const channel = stay.principal === null ? 'anonymous' : 'signed-in'
    if (channel === 'signed-in' && tickets.anonymous) take.add('anonymous')
    return { take: [...take], give: { channel, ticket: { stay, generation: stay.generation } } }
  }

  revoke(at: number, stay: Stay): boolean {
    const wasLive = this.isLive(stay)
    if (wasLive) this.#kill(at, stay)
    return wasLive
  }

  /** One by its id, if it is the principal's; nothing is touched of another. */
  revokeOf(at: number, principal: string, stay: Stay): boolean {
    return stay.principal === principal && this.revoke(at, stay)
  }

  revokeAll(at: number, principal: string): number {
    this.#epochs.set(principal, { value: ++this.#raised, until: this.now + ABSOLUTE })
    const live = this.liveOf(principal)
    for (const stay of live) this.#kill(at, stay)
    return live.length
  }

  sweep(): void {
    for (const stay of this.stays) if (!this.isLive(stay)) stay.isDead = true
  }

  #kill(at: number, stay: Stay): void {
    stay.isDead = true
    this.#ended[at]!.set(stay, this.now)
  }

  #touch(stay: Stay, seen: number): void {
    const next = this.#deadline(stay)
    if (this.isLive(stay) && next - seen >= IDLE / 10) stay.expiresAt = Math.max(stay.expiresAt, next)
  }

  #deadline({ remember, absoluteExpiresAt }: Stay): number {
    return remember ? absoluteExpiresAt : Math.min(this.now + IDLE, absoluteExpiresAt)
  }

  #epoch(principal: string): number {
    const epoch = this.#epochs.get(principal)
    return epoch && epoch.until > this.now ? epoch.value : 0
  }
}

/** The channels that a request holds a token for, dead or alive. */
function heldBy({ tickets }: Exchange): Channel[] {
  return Object.keys(tickets) as Channel[]
}

function nothing(): Pick<Stay, 'data' | 'notes' | 'principal' | 'expiresAt' | 'writes'> {
  return { data: new Map(), notes: [], principal: null, expiresAt: 0, writes: 0 }
}

function shape({ data, notes }: { data: Data; notes: string[] }): unknown {
  return [[...data].toSorted(([a], [b]) => (a < b ? -1 : 1)), notes]
}

function apply(to: { data: Data; notes: string[]; principal: string | null }, change: Change): void {
  const { data } = to
  switch (change.type) {
    case 'set':
      data.set(change.key, change.value)
      break
    case 'delete':
      data.delete(change.key)
      break
    case 'increment':
      data.set('count', ((data.get('count') as number | undefined) ?? 0) + change.by)
      break
    case 'append':
      data.set('list', [...((data.get('list') as string[] | undefined) ?? []), change.item])
      break
    case 'flash':
      to.notes = [...to.notes, change.note]
      break
    case 'take':
      to.notes = to.notes.filter((note) => !change.notes.includes(note))
      break
    case 'login':
      to.principal = change.principal
      break
    case 'rotate':
      break
  }
}
