/**
 * One session, its user and perhaps a thief, as far as tokens are concerned: what can be, and what can happen next. Now
 * is always 0; when time passes everything else grows older.
 */
import type { Meta, TokenState } from '../../../src/core/record/record.ts'
import type { TokenStatus } from '../../../src/core/record/token-states.ts'
import { LONGEST, policy, SLOWEST } from './rules.ts'
import type { Exploration, Rules } from './rules.ts'

export interface Token {
  readonly generation: number
  readonly hash: string
}

export interface Exchange {
  /**
   * `sent`: on its way. `reading`: opened by a handler that is slow to look. `judged`: owes a write. `answered`: a
   * cookie is on its way back.
   */
  readonly phase: 'sent' | 'reading' | 'judged' | 'answered'
  readonly token: Token
  readonly since: number
  readonly openedAt?: number
  readonly owes?: 'routine' | 'promote'
  readonly cookie?: Token
}

export interface World {
  readonly meta: Meta
  readonly jar: Token
  readonly exchanges: readonly Exchange[]
  /** Cookies that were lost in a row. */
  readonly losses: number
  /** What the thief holds; `undefined` before the theft. */
  readonly loot: readonly Token[] | undefined
  /** What the thief held when the user signed in again. */
  readonly relics: readonly Token[] | undefined
  /** What a replica holds that will take over; `done` when it has. */
  readonly replica: Meta | 'done' | undefined
}

export type Actor = 'user' | 'thief' | 'time' | 'fate'

export interface Step {
  readonly what: string
  readonly actor: Actor
  /** Which of the world's it takes further. */
  readonly exchange?: Exchange
  /** Whether the actor was let in. */
  readonly admitted?: true
  /** `undefined`: the alarm has ended the session, as it should. */
  readonly next?: World
  readonly wrong?: string
}

const MAX_LOSSES = 2
const admits: ReadonlySet<TokenStatus> = new Set(['current', 'pending', 'retired'])

function hashOf(serial: number): string {
  return String(serial).padStart(43, '0')
}

export function firstWorld(): World {
  const first: TokenState = { generation: 1, hash: hashOf(0), at: 0 }
  const meta = { generation: 1, authGeneration: 1, current: first, pending: undefined, retired: undefined, unconfirmed: 0 } as Meta
  return { meta, jar: first, exchanges: [], losses: 0, loot: undefined, relics: undefined, replica: undefined }
}

/** Everything that can happen next. */
export function stepsOf(world: World, rules: Rules, exploration: Exploration): Step[] {
  const steps: Step[] = []
  const tabs = exploration === 'login' ? 1 : 2
  if (world.exchanges.length < tabs) {
    const sent: Exchange = { phase: 'sent', token: world.jar, since: 0 }
    steps.push({ what: 'the user sends', actor: 'fate', next: { ...world, exchanges: [...world.exchanges, sent] } })
  }
  for (const exchange of world.exchanges) {
    for (const step of exchangeSteps(world, exchange, rules, exploration)) steps.push({ ...step, exchange })
  }
  if (exploration === 'thief' || exploration === 'login') steps.push(...thiefSteps(world, rules))
  if (exploration === 'login' && !world.relics && world.exchanges.length === 0) steps.push(login(world, rules))
  if (exploration === 'failover') steps.push(...failover(world))
  const slow: readonly Exchange['phase'][] = exploration === 'upload' ? ['reading', 'judged'] : []
  const mayLast = ({ phase, since, openedAt = since }: Exchange): boolean => (slow.includes(phase) ? openedAt > -SLOWEST : since > -LONGEST)
  if (world.exchanges.every(mayLast)) {
    steps.push({ what: 'time passes', actor: 'time', next: older(world) })
  }
  return steps
}

function exchangeSteps(world: World, exchange: Exchange, rules: Rules, exploration: Exploration): Step[] {
  const others = world.exchanges.filter((other) => other !== exchange)
  const becomes = (changed: Partial<Exchange>, meta: Meta = world.meta): World => ({
    ...world,
    meta,
    exchanges: [...others, { ...exchange, ...changed }],
  })
  const over = (changed: Partial<World> = {}): World => ({ ...world, ...changed, exchanges: others })
  switch (exchange.phase) {
    case 'sent': {
      const steps = [judge(world, exchange, 0, rules, becomes, over)]
      const isSlow = exploration === 'upload' && others.every(({ phase }) => phase !== 'reading')
      if (isSlow) steps.push({ what: 'a slow handler opens it', actor: 'fate', next: becomes({ phase: 'reading', since: 0, openedAt: 0 }) })
      return steps
    }
    case 'reading':
      return [judge(world, exchange, exchange.openedAt!, rules, becomes, over)]
    case 'judged': {
      const { meta, cookie } = write(world.meta, exchange.owes!, exchange.token, exchange.openedAt!, rules)
      const next = cookie
        ? becomes({ phase: 'answered', cookie, since: exploration === 'upload' ? 0 : exchange.since }, meta)
        : over({ meta })
      return [{ what: `the server writes: ${exchange.owes}`, actor: 'fate', next }]
    }
    case 'answered': {
      const steps: Step[] = [{ what: 'the cookie arrives', actor: 'fate', next: over({ jar: exchange.cookie!, losses: 0 }) }]
      if (world.losses < MAX_LOSSES) {
        steps.push({ what: 'the cookie is lost', actor: 'fate', next: over({ losses: world.losses + 1 }) })
      }
      return steps
    }
  }
}

function judge(
  world: World,
  { token, phase, since }: Exchange,
  openedAt: number,
  rules: Rules,
  becomes: (changed: Partial<Exchange>) => World,
  over: () => World,
): Step {
  const worth = worthNow(world.meta, token, openedAt, rules)
  const step = { what: `the user's token is ${worth}`, actor: 'user' } as const
  if (!admits.has(worth)) {
    const excused = worth === 'alarm' ? world.loot !== undefined : world.replica === 'done'
    return excused ? step : { ...step, wrong: worth === 'alarm' ? 'an alarm without a second party' : 'the user is silently out' }
  }
  const owes = owed(world.meta, worth, openedAt, rules)
  return {
    ...step,
    admitted: true,
    next: owes ? becomes({ phase: 'judged', owes, openedAt, since: phase === 'reading' ? 0 : since }) : over(),
  }
}

function worthNow(meta: Meta, token: Token, openedAt: number, rules: Rules): TokenStatus {
  return rules.tokenStatus({ ...token, channel: 'signed-in', id: '', renewed: undefined }, meta, rules.judgedAt(openedAt, 0), policy)
}

function owed(meta: Meta, worth: TokenStatus, openedAt: number, rules: Rules): 'routine' | 'promote' | undefined {
  if (worth === 'pending') return 'promote'
  return worth === 'current' && rules.rotationDue(meta, rules.dueAt(openedAt, 0), policy.rotation) ? 'routine' : undefined
}

/** As `operations.ts` applies it to the newest record. */
function write(meta: Meta, owes: 'routine' | 'promote', token: Token, openedAt: number, rules: Rules): { meta: Meta; cookie?: Token } {
  if (owes === 'promote') return { meta: meta.pending?.generation === token.generation ? rules.promotePending(meta, 0) : meta }
  if (!rules.stillDue(meta, token, rules.dueAt(openedAt, 0))) return { meta }
  let cookie: Token | undefined
  const next = rules.rotateWithGrace(
    meta,
    0,
    (generation) => {
      // What is issued a second time is the same, so that a rule can send it again.
      const known = meta.pending?.generation === generation ? meta.pending.hash : freshHash()
      cookie = { generation, hash: known }
      return cookie
    },
    policy.rotation,
  )
  return { meta: next, cookie: cookie! }
}

let serial = 1_000_000
/** Of a token that was not there before; `canonical` gives it a small number. */
function freshHash(): string {
  return hashOf(++serial)
}

function thiefSteps(world: World, rules: Rules): Step[] {
  if (!world.loot) {
    if (world.relics) return []
    const steal = (token: Token): Step => ({ what: 'a thief takes a token', actor: 'fate', next: { ...world, loot: [token] } })
    return [steal(world.jar), ...world.exchanges.flatMap(({ cookie }) => (cookie ? [steal(cookie)] : []))]
  }
  const steps = world.loot.flatMap((token): Step[] => {
    const worth = worthNow(world.meta, token, 0, rules)
    const step = { what: `the thief's token is ${worth}`, actor: 'thief' } as const
    if (!admits.has(worth)) return [step]
    const owes = owed(world.meta, worth, 0, rules)
    const { meta, cookie } = owes ? write(world.meta, owes, token, 0, rules) : { meta: world.meta }
    return [{ ...step, admitted: true, next: { ...world, meta, loot: cookie ? [...world.loot!, cookie] : world.loot! } }]
  })
  for (const token of world.relics ?? []) {
    const worth = worthNow(world.meta, token, 0, rules)
    if (admits.has(worth)) steps.push({ what: `an old token is ${worth}`, actor: 'thief', wrong: 'a token from before the login is good' })
    if (worth === 'alarm') steps.push({ what: `an old token`, actor: 'thief', wrong: 'a token from before the login raises the alarm' })
  }
  return steps
}

function login(world: World, rules: Rules): Step {
  let jar: Token | undefined
  const meta = rules.replaceToken(world.meta, 0, (generation) => (jar = { generation, hash: freshHash() }))
  const relics = world.loot ?? [world.jar]
  return { what: 'the user signs in again', actor: 'fate', next: { ...world, meta, jar: jar!, loot: world.loot ?? [], relics, losses: 0 } }
}

function failover({ replica, ...world }: World): Step[] {
  if (replica === 'done') return []
  if (!replica) return [{ what: 'a replica falls behind', actor: 'fate', next: { ...world, replica: world.meta } }]
  return [{ what: 'the replica takes over', actor: 'fate', next: { ...world, meta: replica, replica: 'done' } }]
}

function older(world: World): World {
  const age = <T extends TokenState | undefined>(state: T): T => (state ? { ...state, at: state.at - 1 } : state)
  const ageMeta = (meta: Meta): Meta => ({ ...meta, current: age(meta.current), pending: age(meta.pending), retired: age(meta.retired) })
  return {
    ...world,
    meta: ageMeta(world.meta),
    replica: typeof world.replica === 'object' ? ageMeta(world.replica) : world.replica,
    exchanges: world.exchanges.map((exchange) => ({
      ...exchange,
      since: exchange.since - 1,
      ...(exchange.openedAt !== undefined && { openedAt: exchange.openedAt - 1 }),
    })),
  }
}

/**
 * The same world for all that differ in nothing that counts: generations by rank, hashes by place, ages no older than
 * what is asked of them, no tokens that the thief knows to be dead.
 */
export function canonical(world: World, exploration: Exploration): World {
  const { meta, replica } = world
  const slack = exploration === 'upload' ? SLOWEST + 1 : LONGEST + 1
  const metas = typeof replica === 'object' ? [meta, replica] : [meta]
  const known = metas.flatMap(({ current, pending, retired }) => [current, pending, retired].filter((state) => state !== undefined))
  const loot = world.loot?.filter(
    (token, i, all) => known.some(({ hash }) => hash === token.hash) && all.findIndex(({ hash }) => hash === token.hash) === i,
  )
  const exchanges = world.exchanges.toSorted((a, b) => compare(a, b))
  const tokens: Token[] = [
    ...known,
    world.jar,
    ...exchanges.flatMap(({ token, cookie }) => (cookie ? [token, cookie] : [token])),
    ...(loot ?? []),
    ...(world.relics ?? []),
  ]
  const marks = metas.flatMap(({ generation, authGeneration }) => [generation, authGeneration])
  const ranks = [...new Set([...tokens.map(({ generation }) => generation), ...marks])].toSorted((a, b) => a - b)
  const rank = (generation: number): number => ranks.indexOf(generation) + 1
  const hashes = [...new Set(tokens.map(({ hash }) => hash))]
  const rename = (token: Token): Token => ({ generation: rank(token.generation), hash: hashOf(hashes.indexOf(token.hash)) })
  const limit = policy.rotation
  const state = (token: TokenState | undefined, oldest: number): TokenState | undefined =>
    token && { ...rename(token), at: Math.max(token.at, -oldest) }
  const renameMeta = (each: Meta): Meta => ({
    ...each,
    generation: rank(each.generation),
    authGeneration: rank(each.authGeneration),
    // Beyond it nothing is counted.
    unconfirmed: Math.min(each.unconfirmed, 3),
    current: state(each.current, limit.interval + slack)!,
    pending: state(each.pending, limit.pendingAge + slack),
    retired: state(each.retired, limit.grace + slack),
  })
  const byGeneration = (some: readonly Token[] | undefined): Token[] | undefined =>
    some?.map(rename).toSorted((a, b) => a.generation - b.generation)
  return {
    meta: renameMeta(meta),
    replica: typeof replica === 'object' ? renameMeta(replica) : replica,
    jar: rename(world.jar),
    exchanges: exchanges.map((each) => ({ ...each, token: rename(each.token), ...(each.cookie && { cookie: rename(each.cookie) }) })),
    losses: world.losses,
    loot: byGeneration(loot),
    relics: byGeneration(world.relics),
  }
}

function compare(a: Exchange, b: Exchange): number {
  return (
    a.phase.localeCompare(b.phase) ||
    a.since - b.since ||
    (a.openedAt ?? 0) - (b.openedAt ?? 0) ||
    a.token.generation - b.token.generation ||
    (a.cookie?.generation ?? 0) - (b.cookie?.generation ?? 0)
  )
}
