import type { DeviceMarks } from './device-mark.ts'
import type { ActingService } from '../features/acting.ts'
import type { AdoptionService } from '../features/adopt.ts'
import type { SessionLimit } from '../storage/session-limit.ts'
import type { CommitContext, Commits } from '../storage/commit.ts'
import type { LinkCodec } from '../token/link-token.ts'
import type { Marks } from '../basics/marks.ts'
import type { LiveSessions } from '../features/live.ts'
import type { OnStoreDown } from '../record/policy.ts'
import type { Revocation } from '../storage/revocation.ts'
import type { SealedRecords } from '../features/sealed/records.ts'
import type { Signer } from '../crypto/signing.ts'
import type { TokenIssuer, TokenReader } from '../token/session-token.ts'
import type { Channel, Transport } from '../contracts/transport.ts'

/** What all handles of one `createSessions` share. */
export interface Context extends CommitContext {
  readonly transport: Transport
  readonly tokens: Readonly<Record<Channel, TokenIssuer & TokenReader>>
  /** Makes and reads link tokens, if the transport has its tokens in addresses or forms. */
  readonly links: LinkCodec | undefined
  readonly commits: Commits
  readonly revocation: Revocation
  readonly live: LiveSessions
  /** The records that the request carries, if sessions are sealed. */
  readonly sealed: SealedRecords | undefined
  /** Signs CSRF tokens. */
  readonly csrf: Signer
  readonly acting: ActingService
  /** Marks browsers, if they are to be known again. */
  readonly devices: DeviceMarks | undefined
  /** Adopts other systems' sessions, if any are to be adopted. */
  readonly adoptions: AdoptionService | undefined
  /** The ids of sessions that are being touched. */
  readonly touching: Marks
  /** The ids of sessions that no touch is due for, and that were lately looked up by their epoch. */
  readonly checked: Marks
  /** Whether the platform freezes what goes on after a response. */
  readonly freezes: boolean
  /** Begins a sweep, if it is time. It does not fail. */
  sweepIfDue(): Promise<unknown> | undefined
  /** Whether mistakes that lose something throw, or warn, at a cost. */
  readonly development: boolean
  /** Whether tokens travel in `Secure` cookies. */
  readonly sendsSecure: boolean
  readonly onStoreDown: OnStoreDown
  readonly sessionLimit: SessionLimit | undefined
}
