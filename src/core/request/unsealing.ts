import { optionError } from '../basics/errors.ts'
import { warnOnce } from '../basics/warn-once.ts'
import type { RequestInfo } from './find-session.ts'
import { Commits } from '../storage/commit.ts'
import type { Context } from './context.ts'
import type { Secret } from '../crypto/keys.ts'
import { sealer } from '../crypto/encryption.ts'
import { formerSealer } from '../crypto/encryption-1.ts'
import type { RecentlyEnded } from '../storage/recently-ended.ts'
import { LastEncoded } from '../features/sealed/last-encoded.ts'
import { Revocation } from '../storage/revocation.ts'
import { SealedRecords } from '../features/sealed/records.ts'
import type { SealedContext, SealedSettings } from '../features/sealed/records.ts'
import { StoreCalls } from '../storage/store-calls.ts'
import type { TokenIssuer, TokenReader } from '../token/session-token.ts'
import { Stubs } from '../features/sealed/stubs.ts'

/** The application's settings that it needs. */
interface UnsealingSettings {
  readonly name: string
  readonly secrets: readonly Secret[]
  /** Milliseconds. */
  readonly storeTimeout: number
  readonly development: boolean
}

/**
 * Makes the context of one request whose session is sealed: the shared one, with a store that reads and writes the
 * request's cookies.
 *
 * @throws ERR_SESSION_OPTIONS if sealed sessions cannot keep something that the options ask for
 */
export function unsealing(
  context: Context,
  settings: SealedSettings,
  { name, secrets, storeTimeout, development }: UnsealingSettings,
  ended: RecentlyEnded,
): (visitor: RequestInfo) => Context {
  const { clock, events, policy, transport, records } = context
  if (policy.rotation)
    throw optionError('rotateEvery: a sealed session cannot tell an old token from a stolen one. Leave it out, or use another store.')
  if (!transport.carrier) throw optionError('store: sealed sessions travel in cookies. Use cookieTransport, or another store.')
  const { revocations, recheck, spill } = settings
  const behind = (store: ConstructorParameters<typeof StoreCalls>[0]): StoreCalls => new StoreCalls(store, storeTimeout, clock, events)
  const purpose = `sojourn/v1/seal/${name}`
  // Not encrypted here, because sealing encrypts the whole record.
  const plain = new LastEncoded(name, undefined)
  const shared: SealedContext = {
    settings,
    carrier: transport.carrier,
    sealer: sealer(purpose, secrets, clock),
    former: formerSealer(purpose, secrets),
    events,
    records: plain,
    clock,
    ended,
    stubs: revocations && new Stubs(behind(revocations), records, policy, clock, recheck),
    spill: spill && behind(spill),
    principals: context.calls.store.principals,
    forget: (id) => context.calls.delete(id),
    large(keys, length) {
      if (!development) return
      warnOnce(
        `A sealed session has ${length} characters, and ${settings.maxCharacters} can travel. The biggest keys: ${keys}.`,
        `sealed ${name} ${keys}`,
      )
    },
  }
  const tokens = { anonymous: sealOnly(context.tokens.anonymous), 'signed-in': sealOnly(context.tokens['signed-in']) }
  return (visitor) => {
    const sealed = new SealedRecords(shared, visitor, visitor.openedAt)
    const calls = behind(sealed)
    const revocation = new Revocation(calls, records, clock, events, ended, announceNothing, policy.absoluteTimeout)
    const own = { ...context, calls, records: plain, tokens, sealed, revocation }
    return Object.assign(own, { commits: new Commits(own) })
  }
}

/**
 * The seal is the proof, so no tokens are issued: only their generations count. Those that once travelled beside a
 * sealed record are read.
 */
function sealOnly(codec: TokenReader): TokenIssuer & TokenReader {
  return { issue: () => ({ token: '', hash: '' }), read: (text) => codec.read(text) }
}

/** No connection watches a sealed session. */
async function announceNothing(): Promise<void> {}
