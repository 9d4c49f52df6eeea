import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Events } from '../../core/basics/events.ts'
import { parseDuration, systemClock } from '../../core/basics/time.ts'
import type { Duration } from '../../core/basics/time.ts'
import type { StoredRecord } from '../../core/contracts/store.ts'
import { authenticatedBodies, encryptedBodies, unverifiedBodies } from '../../core/crypto/body-protection.ts'
import { secretOf } from '../../core/crypto/keys.ts'
import { internalsOf } from '../../core/internals.ts'
import type { Internals } from '../../core/internals.ts'
import { RecordCodec } from '../../core/record/record-codec.ts'
import type { SessionRecord } from '../../core/record/record.ts'
import { RecentlyEnded } from '../../core/storage/recently-ended.ts'
import { Revocation } from '../../core/storage/revocation.ts'
import { StoreCalls } from '../../core/storage/store-calls.ts'
import type { Sessions } from '../../core/sessions.ts'
import { redacted, storeAt } from './address.ts'
import { usage } from './failure.ts'

/** Where the sessions are: an address of a store, or a module of the application. */
export interface TargetOptions {
  readonly store?: string | undefined
  readonly module?: string | undefined
  readonly name?: string | undefined
  readonly prefix?: string | undefined
  readonly 'idle-timeout'?: string | undefined
}

/** The sessions that a command is about. */
export interface Target {
  /** The address for people to read, without its password. */
  readonly title: string
  readonly name: string
  readonly calls: StoreCalls
  readonly revocation: Revocation
  /** Milliseconds. */
  readonly idleTimeout: number
  /**
   * Whether there is a secret to verify records with. Without one, a record that was edited in the store looks genuine.
   */
  readonly isVerified: boolean
  /** The application's sessions, if the application itself was loaded. */
  readonly application: Internals | undefined
  /** The record as the application sees it; `undefined` if it is another application's, or cannot be decrypted. */
  read(stored: StoredRecord): SessionRecord | undefined
  close(): Promise<void>
}

/** How long a call may take: an operator has more patience than a request. Milliseconds. */
const CALL_TIMEOUT = 10_000

/** How long a session may live at most, if the application does not say. Milliseconds. */
const LONGEST = 400 * 86_400_000

/** @throws a failure that says what to write */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { module, store = process.env['SOJOURN_STORE'] } = options
  if (module !== undefined) return ofModule(module)
  if (store === undefined || store === '')
    throw usage('Which sessions? Write --store redis://… or --module ./sessions.js, or set SOJOURN_STORE.')
  return ofAddress(store, options)
}

async function ofAddress(address: string, options: TargetOptions): Promise<Target> {
  const name = options.name ?? 'session'
  const secret = process.env['SESSION_SECRET'] || undefined
  const events = new Events(name)
  const calls = new StoreCalls(await storeAt(address, { creates: false, prefix: options.prefix }), CALL_TIMEOUT, systemClock, events)
  const codecs = codecsOf(name, secret)
  const tell = (id: string): Promise<void> => calls.publish(id).catch(() => undefined)
  return {
    title: redacted(address),
    name,
    calls,
    revocation: new Revocation(calls, codecs[0]!, systemClock, events, new RecentlyEnded(), tell, LONGEST),
    idleTimeout: parseDuration((options['idle-timeout'] ?? '30m') as Duration, '--idle-timeout'),
    isVerified: secret !== undefined,
    application: undefined,
    read: (stored) => firstReading(codecs, stored),
    close: () => calls.store.close(),
  }
}

/** Without the secret, plain records can be read but not verified, and encrypted ones cannot be read. */
function codecsOf(name: string, secret: string | undefined): RecordCodec[] {
  if (secret === undefined) return [new RecordCodec(name, unverifiedBodies())]
  const secrets = [secretOf(secret)]
  return [new RecordCodec(name, authenticatedBodies(name, secrets, 0)), new RecordCodec(name, encryptedBodies(name, secrets))]
}

function firstReading(codecs: readonly RecordCodec[], stored: StoredRecord): SessionRecord | undefined {
  for (const codec of codecs) {
    const record = codec.decode(stored, Date.now())
    if (record) return record
  }
  return undefined
}

async function ofModule(path: string): Promise<Target> {
  const sessions = await sessionsOf(path)
  const application = internalsOf(sessions, '--module')
  const { calls, records, revocation, policy, name, clock } = application
  return {
    title: path,
    name,
    calls,
    revocation,
    idleTimeout: policy.idleTimeout,
    isVerified: true,
    application,
    read: (stored) => records.decode(stored, clock.now()),
    close: () => sessions.close(),
  }
}

async function sessionsOf(path: string): Promise<Sessions> {
  const loaded = (await import(pathToFileURL(resolve(path)).href)) as { readonly sessions?: unknown; readonly default?: unknown }
  const sessions = loaded.sessions ?? loaded.default
  try {
    internalsOf(sessions as object, '--module')
    return sessions as Sessions
  } catch {
    throw usage(`${path} has to export \`sessions\`, made by createSessions of the same installed package.`)
  }
}
