/**
 * From what a request carries to the record it may use: read the tokens, load, judge. Untrusted tokens are never an
 * error; they are simply no session.
 *
 * @module
 */
import type { Context } from './context.ts'
import type { Operation } from '../record/operations.ts'
import { useOnce } from '../storage/one-time-link.ts'
import { dueTouch } from '../record/policy.ts'
import { rotationDue, tokenStatus } from '../record/token-states.ts'
import type { SessionRecord } from '../record/record.ts'
import type { Claim } from '../token/session-token.ts'
import type { Channel, RequestHead } from '../contracts/transport.ts'

/** Who asks, with what, and since when. */
export interface RequestInfo extends RequestHead {
  readonly openedAt: number
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Fills in `form`, for transports whose tokens are in it. Never throws. */
  readForm?(): Promise<void>
}

/** What a request turned out to be. */
export interface FoundSession {
  readonly record: SessionRecord | undefined
  /** The id of its session, if that ended while the request ran: what it writes must not begin another. */
  readonly endedMeanwhile: string | undefined
  /** What the state of its token calls for; see `rotation.ts`. */
  readonly followUp: Operation | undefined
  /** The client's token under the first of the application's secrets, if it came under an older one. */
  readonly renewed: { readonly channel: Channel; readonly token: string } | undefined
  /** The channels the client holds a token of ours in, dead or alive. */
  readonly channels: readonly Channel[]
}

/**
 * The signed-in session wins; a dead one does not hide a living anonymous one.
 *
 * @param touch whether this is all that the request asks of the store: a write moves the deadline by itself
 */
export async function authenticate(context: Context, visitor: RequestInfo, touch: boolean): Promise<FoundSession> {
  if (context.transport.links?.in === 'form') await visitor.readForm?.()
  const claims = readClaims(context, visitor)
  const channels = claims.map(({ channel }) => channel)
  for (const claim of claims) {
    const stored = await context.calls.load(claim.id)
    const found = stored && context.records.decode(stored, context.clock.now())
    if (stored && !found) context.events.emit('unreadable', { id: claim.id })
    if (!found || found.meta.kind !== context.transport.kind) continue
    const admission = await admit(context, visitor, claim, found)
    const record = admission && claim.link ? await useOnce(context.commits, visitor.method, claim.link, found) : found
    if (!admission || !record) continue
    if (context.events.has('loaded')) context.events.emit('loaded', { id: record.id, principal: record.principal })
    const renewed = admission.renews && claim.renewed !== undefined ? { channel: claim.channel, token: claim.renewed } : undefined
    const followUp = admission.followUp ?? (touch ? stayAlive(context, record) : undefined)
    return { record, endedMeanwhile: undefined, renewed, followUp, channels }
  }
  const endedMeanwhile = claims.find(({ id }) => context.revocation.endedSince(id, visitor.openedAt))?.id
  return { record: undefined, endedMeanwhile, renewed: undefined, followUp: undefined, channels }
}

/** Moves the deadline: in the store beside the handler, or with the record that goes back to the client. */
function stayAlive(context: Context, record: SessionRecord): Operation | undefined {
  const touchDue = dueTouch(context.policy, record, context.clock.now()) !== undefined
  if (context.sealed?.resealDue(touchDue)) return { type: 'reseal' }
  if (touchDue) touchBeside(context, record)
  return undefined
}

/** At most one claim a channel, the signed-in one first. Costs no store call. */
function readClaims({ transport, tokens, links, events }: Context, head: RequestInfo): Claim[] {
  const claims: Claim[] = []
  let ambiguous: Channel[] | undefined
  for (const { channel, token } of transport.read(head)) {
    const claim = links ? links.read(token, head) : tokens[channel].read(token)
    if (!claim) continue
    const at = claims.findIndex((other) => other.channel === channel)
    if (at < 0) claims.push(claim)
    else if (claims[at]!.id !== claim.id) {
      // Somebody planted a second cookie: neither can be believed (cookie tossing).
      ambiguous = [...(ambiguous ?? []), channel]
      events.emit('refused', { id: claim.id, reason: 'ambiguous' })
    } else if (claim.generation > claims[at]!.generation) claims[at] = claim
  }
  const believed = ambiguous ? claims.filter(({ channel }) => !ambiguous.includes(channel)) : claims
  return believed.length > 1 && believed[0]!.channel === 'anonymous' ? believed.toReversed() : believed
}

interface Admission {
  readonly followUp: Operation | undefined
  /**
   * Whether its token may be sent again under the first secret. Not one that is about to be replaced: sent by a slow response, it would take the
   * place of the next. Where tokens rotate, that is how they come under the new secret.
   */
  readonly renews: boolean
}

/** `undefined`: not admitted. */
async function admit(context: Context, visitor: RequestInfo, claim: Claim, record: SessionRecord): Promise<Admission | undefined> {
  const { policy, events } = context
  const { openedAt } = visitor
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
      await raiseAlarm(context, visitor, record)
      return undefined
    case 'outdated':
    case 'false':
      return undefined
  }
}

async function raiseAlarm({ events, revocation }: Context, visitor: RequestInfo, record: SessionRecord): Promise<void> {
  const { id, principal } = record
  events.emit('reuse', { id, principal, address: visitor.address, userAgent: visitor.userAgent, knownAddress: record.meta.address })
  await revocation.end({ id, principal }, 'revoked')
}

/**
 * Beside the handler, not before it; a failure is an event, for the read itself went well. One at a time for each session:
 * requests that come all at once find the same old deadline.
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
