/**
 * Finds the record that a request may use: reads the tokens, loads the record, and checks it. Untrusted tokens are
 * never an error; they are simply no session.
 *
 * @module
 */
import { isLater } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import type { StoredRecord } from '../contracts/store.ts'
import { beside } from './beside.ts'
import type { Context } from './context.ts'
import type { Exchange } from '../contracts/exchange.ts'
import type { Operation } from '../record/operations.ts'
import { useOnce } from '../storage/one-time-link.ts'
import { dueTouch, isAtAbsolute } from '../record/policy.ts'
import { rotationDue, tokenStatus } from '../record/token-states.ts'
import { about } from '../record/record.ts'
import type { Acting, SessionRecord } from '../record/record.ts'
import type { Claim, LinkClaim } from '../token/session-token.ts'
import type { Channel, RequestHead } from '../contracts/transport.ts'

/** A request: its head, who sent it, and when it was opened. */
export interface RequestInfo extends RequestHead {
  readonly openedAt: number
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** May become known later. */
  readonly exchange: Exchange | undefined
  /** Whether perhaps nobody sees the response. */
  readonly isPreview?: boolean
  /** Fills in `form`, for transports whose tokens are in it. Never throws. */
  readForm?(): Promise<void>
  /** After a `Secure` cookie was made for the response. */
  warnOfPlainHttp?(): void
  /** Whether the client has closed its connection, as far as the request tells. */
  readonly hasClientLeft?: boolean
}

/** What was found for a request. */
export interface FoundSession {
  readonly record: SessionRecord | undefined
  /**
   * The id of its session, if that ended while the request ran: what the request writes must not begin another session.
   */
  readonly endedMeanwhile: string | undefined
  /** A follow-up operation that the state of the token requires, such as promoting a pending token. */
  readonly followUp: Operation | undefined
  /** The client's token under the first of the application's secrets, if it came under an older one. */
  readonly renewed: { readonly channel: Channel; readonly token: string } | undefined
  /** The channels in which the client holds a token of ours, dead or alive. */
  readonly channels: readonly Channel[]
}

/**
 * The signed-in session wins; a dead one does not hide a living anonymous one.
 *
 * @param touch whether this is all that the request asks of the store: a write moves the deadline by itself
 * @param at the claims are tried in turn, from this one on
 */
export function findSession(
  context: Context,
  request: RequestInfo,
  touch: boolean,
  claims: readonly Claim[] = claimsOf(context, request),
  at = 0,
): Answer<FoundSession> {
  const claim = claims[at]
  if (!claim) return foundNone(context, request, claims)
  if (claims[at + 1]?.channel === claim.channel) return findAmongTwins(context, request, claims, at, touch)
  const stored = context.calls.load(claim.id)
  const admitted = isLater(stored) ? admitLater(context, request, claim, stored) : admitStored(context, request, claim, stored)
  if (isLater(admitted)) return findLater(context, request, claims, at, touch, admitted)
  return admitted ? foundOne(context, request, claims, claim, admitted, touch) : findSession(context, request, touch, claims, at + 1)
}

/** For tokens in forms: reads the form first. */
export async function findSessionOfForm(context: Context, request: RequestInfo, touch: boolean): Promise<FoundSession> {
  await request.readForm?.()
  return findSession(context, request, touch)
}

async function findLater(
  context: Context,
  request: RequestInfo,
  claims: readonly Claim[],
  at: number,
  touch: boolean,
  admitting: Promise<Admitted | undefined>,
): Promise<FoundSession> {
  const admitted = await admitting
  return admitted ? foundOne(context, request, claims, claims[at]!, admitted, touch) : findSession(context, request, touch, claims, at + 1)
}

/**
 * Genuine tokens of several sessions in one channel: the client kept a cookie of former attributes, which no
 * response takes away (counterexample `dead-twin`), or somebody planted a second one (cookie tossing). The one that
 * lives is believed, and none if two do.
 */
async function findAmongTwins(
  context: Context,
  request: RequestInfo,
  claims: readonly Claim[],
  at: number,
  touch: boolean,
): Promise<FoundSession> {
  const twins = claims.slice(at).filter(({ channel }) => channel === claims[at]!.channel)
  const living: { readonly claim: Claim; readonly admitted: Admitted }[] = []
  for (const claim of twins.length > MAX_TWINS ? [] : twins) {
    const admitted = await admitStored(context, request, claim, await context.calls.load(claim.id))
    if (admitted) living.push({ claim, admitted })
  }
  if (living.length === 1) return foundOne(context, request, claims, living[0]!.claim, living[0]!.admitted, touch)
  const refused = living.length > 1 ? living[1]!.claim : twins.length > MAX_TWINS ? twins[1]! : undefined
  if (refused) context.events.emit('refused', { id: refused.id, reason: 'ambiguous' })
  return findSession(context, request, touch, claims, at + twins.length)
}

/** More than a change of domain, path and `Partitioned` leaves behind; each costs a store call. */
const MAX_TWINS = 4

function foundOne(
  context: Context,
  request: RequestInfo,
  claims: readonly Claim[],
  claim: Claim,
  { record, admission }: Admitted,
  touch: boolean,
): Answer<FoundSession> {
  if (context.events.has('loaded')) context.events.emit('loaded', about(record))
  let { followUp } = admission
  let touching: Answer<void> = undefined
  if (touch && !followUp) {
    if (record.isOld || context.sealed?.resealDue(isTouchDue(context, record))) followUp = { type: 'reseal' }
    else touching = touchBeside(context, request.exchange, record)
  }
  const found: FoundSession = {
    record,
    endedMeanwhile: undefined,
    followUp,
    renewed:
      admission.renews && !context.sealed && claim.renewed !== undefined ? { channel: claim.channel, token: claim.renewed } : undefined,
    channels: channelsOf(claims),
  }
  return isLater(touching) ? touching.then(() => found) : found
}

function foundNone({ revocation }: Context, { openedAt }: RequestInfo, claims: readonly Claim[]): FoundSession {
  return {
    record: undefined,
    endedMeanwhile: claims.find(({ id }) => revocation.endedSince(id, openedAt))?.id,
    followUp: undefined,
    renewed: undefined,
    channels: channelsOf(claims),
  }
}

function channelsOf(claims: readonly Claim[]): readonly Channel[] {
  return claims.length === 1 ? ONLY[claims[0]!.channel] : claims.map(({ channel }) => channel)
}

const ONLY: Readonly<Record<Channel, readonly Channel[]>> = { anonymous: ['anonymous'], 'signed-in': ['signed-in'] }

interface Admitted {
  readonly record: SessionRecord
  readonly admission: Admission
}

async function admitLater(
  context: Context,
  request: RequestInfo,
  claim: Claim,
  stored: Promise<StoredRecord | undefined>,
): Promise<Admitted | undefined> {
  return admitStored(context, request, claim, await stored)
}

/** What is stored, if the claim may use it. */
function admitStored(context: Context, request: RequestInfo, claim: Claim, stored: StoredRecord | undefined): Answer<Admitted | undefined> {
  if (!stored) return undefined
  const record = context.records.decode(stored, context.clock.now())
  if (!record) context.events.emit('unreadable', { id: claim.id })
  if (!record || record.meta.kind !== context.transport.kind) return undefined
  const admission = admit(context, request, claim, record)
  if (!admission || isLater(admission)) return admission
  const { acting } = record.meta
  if (acting) return admitActing(context, request, claim, { record, admission }, acting)
  return claim.link ? admitOnce(context, request, claim.link, record, admission) : { record, admission }
}

/** Who acts for somebody needs a session of their own, which is kept alive meanwhile (decision 0140). */
async function admitActing(
  context: Context,
  request: RequestInfo,
  { link }: Claim,
  { record, admission }: Admitted,
  acting: Acting,
): Promise<Admitted | undefined> {
  const own = await context.acting.ownOrEnd(record, acting)
  if (!own) return undefined
  await touchBeside(context, request.exchange, own)
  return link ? admitOnce(context, request, link, record, admission) : { record, admission }
}

async function admitOnce(
  { commits }: Context,
  request: RequestInfo,
  link: LinkClaim,
  record: SessionRecord,
  admission: Admission,
): Promise<Admitted | undefined> {
  const used = await useOnce(commits, request.method, link, record)
  return used && { record: used, admission }
}

/**
 * What the request claims by sealed records or, before those were their own proof and wherever there are none, by
 * tokens.
 */
function claimsOf(context: Context, head: RequestInfo): readonly Claim[] {
  const sealed = context.sealed?.claims()
  return sealed && sealed.length > 0 ? sealed : readClaims(context, head)
}

/** One claim for each session, the signed-in ones first. Costs no store call. */
function readClaims({ transport, tokens, links }: Context, head: RequestInfo): readonly Claim[] {
  const presented = transport.read(head)
  if (presented.length === 0) return NO_CLAIMS
  const claims: Claim[] = []
  for (const { channel, token } of presented) {
    const claim = links ? links.read(token, head) : tokens[channel].read(token)
    if (!claim) continue
    const at = indexOfSession(claims, claim)
    if (at < 0) claims.push(claim)
    else if (claim.generation > claims[at]!.generation) claims[at] = claim
  }
  return claims.length > 1 ? claims.toSorted(signedInFirst) : claims
}

const NO_CLAIMS: readonly Claim[] = []

function indexOfSession(claims: readonly Claim[], { id, channel }: Claim): number {
  for (let i = 0; i < claims.length; i++) if (claims[i]!.id === id && claims[i]!.channel === channel) return i
  return -1
}

function signedInFirst(a: Claim, b: Claim): number {
  return Number(a.channel === 'anonymous') - Number(b.channel === 'anonymous')
}

interface Admission {
  readonly followUp: Operation | undefined
  /**
   * Whether its token may be sent again under the first secret. Not if it is about to be replaced, because a slow
   * response would then overwrite the next token. Where tokens rotate, rotation brings them under the new secret.
   */
  readonly renews: boolean
}

/** `undefined`, perhaps as a promise, if the claim is not admitted. */
function admit(context: Context, request: RequestInfo, claim: Claim, record: SessionRecord): Admission | undefined | Promise<undefined> {
  const { policy, events } = context
  const { openedAt } = request
  switch (tokenStatus(claim, record.meta, openedAt, policy)) {
    case 'current': {
      const rotation = record.principal === null ? undefined : policy.rotation
      const due = rotation && rotationDue(record.meta, openedAt, rotation)
      return { followUp: due ? { type: 'rotateIfDue', generation: claim.generation, openedAt } : undefined, renews: !rotation }
    }
    case 'pending':
      return { followUp: { type: 'promote', generation: claim.generation }, renews: false }
    case 'retired':
      return { followUp: undefined, renews: false }
    case 'ahead':
      events.emit('refused', { id: record.id, reason: 'ahead' })
      return undefined
    case 'alarm':
      return raiseAlarm(context, request, record)
    case 'outdated':
    case 'false':
      return undefined
  }
}

async function raiseAlarm({ events, revocation }: Context, request: RequestInfo, record: SessionRecord): Promise<undefined> {
  events.emit('reuse', {
    ...about(record),
    address: request.address,
    userAgent: request.userAgent,
    knownAddress: record.meta.address,
  })
  await revocation.end(record, 'revoked')
  return undefined
}

function isTouchDue({ policy, clock }: Context, record: SessionRecord): boolean {
  return dueTouch(policy, record, clock.now()) !== undefined
}

/**
 * Touches beside the handler, not before it. A failure is only an event, because the read itself succeeded. One touch
 * at a time for each session, because requests that come at the same time find the same old deadline.
 *
 * @param exchange of the request that asks for it; `undefined` for a connection that stays open
 */
export function touchBeside(context: Context, exchange: Exchange | undefined, record: SessionRecord): Answer<void> {
  const { clock, policy, touching, checked } = context
  const { id } = record
  const now = clock.now()
  const deadline = dueTouch(policy, record, now)
  if (deadline === undefined) {
    // No touch tells when it was last looked at.
    return isRevocable(context, record) && isAtAbsolute(policy, record, now) && checked.set(id, now)
      ? beside(
          context,
          exchange,
          context.revocation.endIfRevoked(record).catch(() => checked.remove(id)),
        )
      : undefined
  }
  if (!touching.set(id, now)) return undefined
  return beside(
    context,
    exchange,
    moveDeadline(context, record, deadline).finally(() => touching.remove(id)),
  )
}

/** Never fails: an event has reported what the store did. */
async function moveDeadline(context: Context, record: SessionRecord, deadline: number): Promise<void> {
  const { calls, events, revocation } = context
  try {
    if (isRevocable(context, record) && (await revocation.endIfRevoked(record))) return
    if (await calls.touch(record.id, deadline)) events.emit('touched', { ...about(record), expiresAt: deadline })
  } catch {
    // The next request tries again.
  }
}

/** Whether its principal's epoch can tell that it was revoked. A sealed session has its own check. */
function isRevocable({ revocation, sealed }: Context, { principal }: SessionRecord): boolean {
  return principal !== null && !sealed && revocation.isAble
}
