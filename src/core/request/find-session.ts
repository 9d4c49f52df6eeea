/**
 * Finds the record that a request may use: reads the tokens, loads the record, and checks it. Untrusted tokens are
 * never an error; they are simply no session.
 *
 * @module
 */
import { isLater } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import type { StoredRecord } from '../contracts/store.ts'
import type { Context } from './context.ts'
import type { Operation } from '../record/operations.ts'
import { useOnce } from '../storage/one-time-link.ts'
import { dueTouch } from '../record/policy.ts'
import { rotationDue, tokenStatus } from '../record/token-states.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Claim, LinkClaim } from '../token/session-token.ts'
import type { Channel, RequestHead } from '../contracts/transport.ts'

/** A request: its head, who sent it, and when it was opened. */
export interface RequestInfo extends RequestHead {
  readonly openedAt: number
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Fills in `form`, for transports whose tokens are in it. Never throws. */
  readForm?(): Promise<void>
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
  const stored = context.calls.load(claim.id)
  const admitted = isLater(stored) ? admitLater(context, request, claim, stored) : admitStored(context, request, claim, stored)
  if (isLater(admitted)) return findLater(context, request, claims, at, touch, admitted)
  return admitted ? foundOne(context, claims, claim, admitted, touch) : findSession(context, request, touch, claims, at + 1)
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
  return admitted ? foundOne(context, claims, claims[at]!, admitted, touch) : findSession(context, request, touch, claims, at + 1)
}

function foundOne(context: Context, claims: readonly Claim[], claim: Claim, { record, admission }: Admitted, touch: boolean): FoundSession {
  if (context.events.has('loaded')) context.events.emit('loaded', { id: record.id, principal: record.principal })
  return {
    record,
    endedMeanwhile: undefined,
    followUp: admission.followUp ?? (touch ? stayAlive(context, record) : undefined),
    renewed:
      admission.renews && !context.sealed && claim.renewed !== undefined ? { channel: claim.channel, token: claim.renewed } : undefined,
    channels: channelsOf(claims),
  }
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
  return claim.link ? admitOnce(context, request, claim.link, record, admission) : { record, admission }
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

/** Extends the session: in the store beside the handler, or with the record that goes back to the client. */
function stayAlive(context: Context, record: SessionRecord): Operation | undefined {
  const touchDue = dueTouch(context.policy, record, context.clock.now()) !== undefined
  if (context.sealed?.resealDue(touchDue)) return { type: 'reseal' }
  if (touchDue) touchBeside(context, record)
  return undefined
}

/**
 * What the request claims by sealed records or, before those were their own proof and wherever there are none, by
 * tokens.
 */
function claimsOf(context: Context, head: RequestInfo): readonly Claim[] {
  const sealed = context.sealed?.claims()
  return sealed && sealed.length > 0 ? sealed : readClaims(context, head)
}

/** At most one claim per channel, the signed-in one first. Costs no store call. */
function readClaims({ transport, tokens, links, events }: Context, head: RequestInfo): readonly Claim[] {
  const presented = transport.read(head)
  if (presented.length === 0) return NO_CLAIMS
  const claims: Claim[] = []
  let ambiguous: Channel[] | undefined
  for (const { channel, token } of presented) {
    const claim = links ? links.read(token, head) : tokens[channel].read(token)
    if (!claim) continue
    const at = indexOfChannel(claims, channel)
    if (at < 0) claims.push(claim)
    else if (claims[at]!.id !== claim.id) {
      // Somebody planted a second cookie: neither can be trusted (cookie tossing).
      ambiguous = [...(ambiguous ?? []), channel]
      events.emit('refused', { id: claim.id, reason: 'ambiguous' })
    } else if (claim.generation > claims[at]!.generation) claims[at] = claim
  }
  const believed = ambiguous ? without(claims, ambiguous) : claims
  return believed.length > 1 && believed[0]!.channel === 'anonymous' ? believed.toReversed() : believed
}

const NO_CLAIMS: readonly Claim[] = []

function indexOfChannel(claims: readonly Claim[], channel: Channel): number {
  for (let i = 0; i < claims.length; i++) if (claims[i]!.channel === channel) return i
  return -1
}

function without(claims: readonly Claim[], channels: readonly Channel[]): Claim[] {
  return claims.filter(({ channel }) => !channels.includes(channel))
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
  const { id, principal } = record
  events.emit('reuse', { id, principal, address: request.address, userAgent: request.userAgent, knownAddress: record.meta.address })
  await revocation.end({ id, principal }, 'revoked')
  return undefined
}

/**
 * Touches beside the handler, not before it. A failure is only an event, because the read itself succeeded. One touch
 * at a time for each session, because requests that come at the same time find the same old deadline.
 */
export function touchBeside({ calls, clock, events, policy, touching }: Context, record: SessionRecord): void {
  const { id, principal } = record
  const deadline = dueTouch(policy, record, clock.now())
  if (deadline === undefined || touching.has(id)) return
  touching.add(id)
  calls
    .touch(id, deadline)
    .then(
      (live) => live && events.emit('touched', { id, principal, expiresAt: deadline }),
      () => undefined,
    )
    .finally(() => touching.delete(id))
}
