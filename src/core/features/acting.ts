/**
 * Acting for somebody: an actor gets a session of its own that belongs to the principal, for an hour at most. It lives
 * only as long as the actor's own session, which waits meanwhile.
 *
 * @module
 */
import type { Answer } from '../basics/answer.ts'
import { SojournError, optionError } from '../basics/errors.ts'
import { parseSpan } from '../basics/time.ts'
import type { Clock, Duration } from '../basics/time.ts'
import type { LifeOperation } from '../record/operations.ts'
import type { RecordCodec } from '../record/record-codec.ts'
import type { Acting, SessionRecord } from '../record/record.ts'
import type { LoginAttempt, Revocation } from '../storage/revocation.ts'
import type { StoreCalls } from '../storage/store-calls.ts'
import type { Live } from './live.ts'

/** Why somebody acts for another, and how long. */
export interface ActOptions {
  /** Why: kept in the session, and told by the event `actingStarted`. Up to 256 characters. */
  readonly reason: string
  /** How long, an hour at most. Default `'30m'`. */
  readonly for?: Duration
}

interface ActingContext {
  readonly calls: StoreCalls
  readonly records: RecordCodec
  readonly clock: Clock
  readonly revocation: Revocation
}

const DEFAULT_SPAN = '30m'
const MAX_SPAN = 3_600_000
const MAX_REASON = 256

export class ActingService {
  /**
   * What the login is to say of the credentials; `null` for a principal who may not sign in. Given by `sojourn/auth`.
   */
  stampOf: ((principal: string) => Promise<string | null>) | undefined
  readonly #context: ActingContext

  constructor(context: ActingContext) {
    this.#context = context
  }

  /** The login of the session that is to act. It proves nothing, so nothing that needs a fresh proof is allowed. */
  async begin(
    own: SessionRecord,
    principal: string,
    options: ActOptions,
  ): Promise<[login: LifeOperation & { type: 'login' }, LoginAttempt]> {
    const { reason, until } = this.#read(options)
    const attempt = await this.#context.revocation.begin(principal)
    const stamp = await this.stampOf?.(principal)
    if (stamp === null) throw new SojournError('ERR_SESSION_PRINCIPAL', 'actAs: this principal does not exist, or may not sign in.')
    const acting: Acting = { actor: own.principal!, session: own.id, reason, stamp: own.meta.stamp }
    return [
      { type: 'login', principal, persistence: 'session', keep: [], stamp, proven: false, epoch: attempt.epoch, acting, until },
      attempt,
    ]
  }

  /** @throws ERR_SESSION_OPTIONS, ERR_SESSION_DURATION */
  #read({ reason, for: span = DEFAULT_SPAN }: ActOptions): { readonly reason: string; readonly until: number } {
    if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_REASON) {
      throw optionError(`actAs: write why, as in { reason: 'ticket 4711' }, with up to ${MAX_REASON} characters.`)
    }
    const milliseconds = parseSpan(span, 'actAs.for')
    if (milliseconds > MAX_SPAN) throw optionError("actAs: `for` is at most '1h'.")
    return { reason, until: this.#context.clock.now() + milliseconds }
  }

  /** The actor's own session; `undefined` if it has ended, and with it the right to act. */
  async own({ session, actor }: Acting): Promise<SessionRecord | undefined> {
    const { calls, records, clock } = this.#context
    const stored = await calls.load(session)
    const record = stored && records.decode(stored, clock.now())
    return record?.principal === actor ? record : undefined
  }

  /** As `own`. Without it, the session that acts ends, too. */
  ownOrEnd(record: SessionRecord, acting: Acting): Answer<SessionRecord | undefined> {
    return this.own(acting).then(async (own) => {
      if (!own) await this.#context.revocation.end(record, 'revoked')
      return own
    })
  }
}

/** What watches the session that acts and the actor's own one: it ends with either. */
export function liveWithOwn(live: Live, own: Live): Live {
  const signal = AbortSignal.any([live.signal, own.signal])
  return {
    signal,
    get ended() {
      return live.ended ?? own.ended
    },
    touch: () => {
      live.touch()
      own.touch()
    },
    close: () => {
      live.close()
      own.close()
    },
  }
}
