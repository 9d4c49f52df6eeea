/**
 * The first version of a record.
 *
 * @module
 */
import { withNonce } from './commit.ts'
import type { CommitContext } from './commit.ts'
import { isLater } from '../basics/answer.ts'
import type { Answer } from '../basics/answer.ts'
import { SojournError } from '../basics/errors.ts'
import { applyAll } from '../record/operations.ts'
import { NO_VALUES } from '../record/stored-values.ts'
import type { Draft, Operation } from '../record/operations.ts'
import { expiresAt } from '../record/policy.ts'
import type { Meta, SessionRecord } from '../record/record.ts'
import { isRefusal, isStoreFailure } from './store-calls.ts'
import { newSessionId } from '../token/session-token.ts'

const FIRST_TOKEN: readonly Operation[] = [{ type: 'rotate' }]

export interface CreatedRecord {
  readonly record: SessionRecord
  readonly issued: NonNullable<Draft['issued']>
}

interface Client {
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

const MAX_CREATE_ATTEMPTS = 3
const MAX_CLIENT_TEXT = 256

/**
 * Creates a record. Returns `undefined` if the operations leave nothing to store: an anonymous visit creates nothing.
 *
 * @param nextId the id that the application was told; a second attempt takes another
 */
export function createRecord(
  context: CommitContext,
  operations: readonly Operation[],
  client: Client,
  nextId: string | undefined,
): Answer<CreatedRecord | undefined> {
  return tryToCreate(context, operations, client, nextId ?? newSessionId(), 1, undefined)
}

function tryToCreate(
  context: CommitContext,
  operations: readonly Operation[],
  client: Client,
  id: string,
  attempt: number,
  failure: SojournError | undefined,
): Answer<CreatedRecord | undefined> {
  if (attempt > MAX_CREATE_ATTEMPTS)
    throw failure ?? new SojournError('ERR_SESSION_STORE', `The store called ${MAX_CREATE_ATTEMPTS} random ids taken.`)
  const { calls, clock, records } = context
  const created = draftRecord(context, id, operations, client, clock.now())
  if (!created) return undefined
  const again = (error?: SojournError): Answer<CreatedRecord | undefined> =>
    tryToCreate(context, operations, client, newSessionId(), attempt + 1, error)
  const stored = (outcome: 'created' | 'exists'): Answer<CreatedRecord | undefined> => {
    if (outcome === 'exists') return again()
    return created
  }
  const creating = calls.create(records.encode(created.record))
  if (!isLater(creating)) return stored(creating)
  return creating.then(stored, (error: unknown) => {
    if (!calls.uncertain || !isStoreFailure(error) || isRefusal(error)) throw error
    // Under a new id, never this one: it may be stored, and revoked in between (counterexample `create-again`).
    calls.delete(id).catch(() => undefined)
    return again(error)
  })
}

function draftRecord(
  context: CommitContext,
  id: string,
  operations: readonly Operation[],
  client: Client,
  now: number,
): CreatedRecord | undefined {
  const { calls, policy, rules, tokens } = context
  const env = { now, policy, rules, tokens }
  const unborn: Draft = { id, principal: null, meta: firstMeta(context, client, now), values: NO_VALUES, issued: undefined }
  const drafted = applyAll(unborn, operations, env)
  if (drafted.values.size === 0 && drafted.principal === null) return undefined
  const { principal, values, meta: draftMeta, issued } = drafted.issued ? drafted : applyAll(drafted, FIRST_TOKEN, env)
  const meta = calls.uncertain ? withNonce(draftMeta) : draftMeta
  return { record: { id, version: 1, expiresAt: expiresAt(policy, meta, now), principal, meta, values, isOld: false }, issued: issued! }
}

function firstMeta({ policy, kind }: CommitContext, client: Client, now: number): Meta {
  return {
    createdAt: now,
    seenAt: now,
    absoluteExpiresAt: now + policy.absoluteTimeout,
    kind,
    persistence: 'normal',
    authenticatedAt: 0,
    generation: 0,
    authGeneration: 0,
    current: { generation: 0, hash: '', at: now },
    pending: undefined,
    retired: undefined,
    unconfirmed: 0,
    nonces: [],
    address: client.address?.slice(0, MAX_CLIENT_TEXT),
    userAgent: client.userAgent?.slice(0, MAX_CLIENT_TEXT),
    stamp: undefined,
    usedLinks: undefined,
    idleTimeout: undefined,
    epochs: [],
    acting: undefined,
  }
}
