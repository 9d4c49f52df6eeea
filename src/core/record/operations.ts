/**
 * What a handle records instead of writing: operations that can be applied to the newest record, and again after a
 * conflict. That is why two requests that change different keys both survive (P1).
 *
 * @module
 */
import { SojournError } from '../basics/errors.ts'
import { promotePending, replaceToken, rotateWithGrace, rotationDue } from './token-states.ts'
import type { Policy } from './policy.ts'
import type { Acting, Meta, Persistence } from './record.ts'
import type { DataRules } from './schema.ts'
import type { IssuedToken, TokenIssuer } from '../token/session-token.ts'
import type { Channel } from '../contracts/transport.ts'
import { markUsed } from './used-links.ts'
import type { LinkUse } from './used-links.ts'
import { ALTERED, ChangedValues } from './stored-values.ts'
import type { Values, WritableValues } from './stored-values.ts'
import type { EncodedValue } from './values.ts'

export type DataOperation =
  | { readonly type: 'set'; readonly key: string; readonly value: EncodedValue }
  | { readonly type: 'delete'; readonly key: string }
  | { readonly type: 'increment'; readonly key: string; readonly by: number }
  | { readonly type: 'update'; readonly key: string; readonly fn: (value: unknown) => unknown }
  | { readonly type: 'flash'; readonly key: string; readonly id: string; readonly message: string }
  | { readonly type: 'takeFlash'; readonly key: string; readonly ids: readonly string[] }

/**
 * A session's own lifetime, instead of the application's. If the client has to be told, it gets a new token. A later
 * login sets the persistence again.
 */
export interface Lifetime {
  /**
   * The session's own idle timeout, milliseconds; the application's if left out. If it is longer than the absolute
   * timeout, the absolute deadline moves, too.
   */
  readonly idleTimeout: number | undefined
  /** `session`: the client forgets the token when it closes. */
  readonly persistence: 'normal' | 'session'
}

export type LifeOperation =
  | {
      readonly type: 'login'
      readonly principal: string
      readonly persistence: Persistence
      readonly keep: readonly string[] | undefined
      readonly stamp: string | undefined
      /** Whether the principal proved who they are now; `false` if another system says that they did. */
      readonly proven: boolean
      /** The principal's epoch when the attempt began. */
      readonly epoch: string | undefined
      /** Whether the principal signed in by this browser before, for the events. */
      readonly device?: 'new' | 'known'
      /** Who acts for the principal, and until when; only as the first operation of a new record. */
      readonly acting?: Acting
      /** Epoch milliseconds. */
      readonly until?: number
    }
  /** All other sessions of the principal are about to be revoked: the epoch that they are revoked by. */
  | { readonly type: 'stay'; readonly epoch: string }
  | ({ readonly type: 'lifetime' } & Lifetime)
  | { readonly type: 'rotate' }
  /** The client used the pending token. */
  | { readonly type: 'promote'; readonly generation: number }
  /** The client used the current token, which may be due for rotation at the time its request was opened. */
  | { readonly type: 'rotateIfDue'; readonly generation: number; readonly openedAt: number }
  /** A one-time link was followed by a request that may change something. */
  | ({ readonly type: 'useLink' } & LinkUse)
  /** The record must be written again: a sealed one because its deadline or its check is due, or the secret changed. */
  | { readonly type: 'reseal' }

export type Operation = DataOperation | LifeOperation

/** Whether this is housekeeping, which the application did not ask for: if it fails, the request still succeeds. */
export function isHousekeeping(operation: Operation): boolean {
  return (
    operation.type === 'promote' ||
    operation.type === 'rotateIfDue' ||
    operation.type === 'reseal' ||
    (operation.type === 'delete' && operation.key === ADOPTED)
  )
}

/** A record in the making. `issued` is the token that the client gets once the record is saved. */
export interface Draft {
  readonly id: string
  readonly principal: string | null
  readonly meta: Meta
  readonly values: Values
  readonly issued: { readonly channel: Channel; readonly token: string } | undefined
}

/** What applying operations needs besides the record. */
export interface ApplyContext {
  readonly now: number
  readonly policy: Policy
  readonly rules: DataRules
  readonly tokens: Readonly<Record<Channel, TokenIssuer>>
}

/**
 * Makes a new draft. The given one stays as it was, so that a throwing `update(fn)` is the error of one commit alone
 * (counterexample `group-throw`). Returns the same draft if nothing changed.
 */
export function applyAll(draft: Draft, operations: readonly Operation[], context: ApplyContext): Draft {
  let values: ChangedValues | undefined
  let result = draft
  for (const operation of operations) {
    switch (operation.type) {
      case 'login':
        result = applyLogin(values ? { ...result, values } : result, operation, context)
        values = undefined
        break
      case 'lifetime':
        result = applyLifetime(result, operation, context)
        break
      case 'rotate':
      case 'promote':
      case 'rotateIfDue':
        result = applyRotation(result, operation, context)
        break
      case 'useLink':
        result = { ...result, meta: { ...result.meta, usedLinks: markUsed(result.meta.usedLinks, operation, context.now) } }
        break
      case 'stay':
        result = { ...result, meta: { ...result.meta, epochs: [...result.meta.epochs, operation.epoch].slice(-MAX_EPOCHS) } }
        break
      case 'reseal':
        result = { ...result, meta: { ...result.meta } }
        break
      default:
        values ??= new ChangedValues(result.values)
        applyData(values, operation, context.rules)
    }
  }
  return values?.differFrom(result.values) ? { ...result, values } : result
}

/** @throws what `update`'s function throws, ERR_SESSION_NOT_A_NUMBER, and what `DataRules.encode` throws */
export function applyData(values: WritableValues, operation: DataOperation, rules: DataRules): void {
  const { key } = operation
  switch (operation.type) {
    case 'set':
      values.set(key, operation.value)
      break
    case 'delete':
      values.delete(key)
      break
    case 'increment': {
      const before = currentValue(values, key, rules) ?? 0
      if (typeof before !== 'number') {
        throw new SojournError('ERR_SESSION_NOT_A_NUMBER', `increment: ${JSON.stringify(key)} holds a ${typeof before}, not a number.`)
      }
      values.set(key, rules.encode(key, before + operation.by))
      break
    }
    case 'update':
      values.set(key, rules.encode(key, settled(operation.fn(currentValue(values, key, rules)))))
      break
    case 'flash':
      setFlash(values, key, newestFlashes([...readFlash(values, key), [operation.id, operation.message]], rules.maxBytes))
      break
    case 'takeFlash':
      setFlash(
        values,
        key,
        readFlash(values, key).filter(([id]) => !operation.ids.includes(id)),
      )
      break
  }
}

/** An async function is refused when its promise is encoded. Its rejection must not end the process, too. */
function settled(value: unknown): unknown {
  if (value instanceof Promise) value.catch(() => undefined)
  return value
}

function currentValue(values: Values, key: string, rules: DataRules): unknown {
  const stored = values.get(key)
  const reading = stored ? rules.decode(key, stored) : undefined
  return reading?.fits ? reading.value : rules.default(key)
}

/** Flash messages are kept beside the application's keys, under names that `set` refuses. */
export const RESERVED = '\u0000'
/** The key under which a record notes that the original it was adopted from still has to be ended; see `adopt.ts`. */
export const ADOPTED: string = `${RESERVED}adopted`
/** Where a record keeps, for its whole life, which session of another system it was made from. */
export const ORIGIN: string = `${RESERVED}origin`
export type Flash = [id: string, message: string]

export function flashKey(type: string): string {
  return `${RESERVED}flash:${type}`
}

export function readFlash(values: Values, key: string): Flash[] {
  const stored = values.get(key)
  return stored && stored !== ALTERED ? (JSON.parse(stored.text) as Flash[]) : []
}

/**
 * How many messages of a type wait at most. A form that fails again and again, and whose page is never shown, must not
 * fill the store.
 */
const MAX_FLASHES = 50

/** Without the oldest, as many as there is room for. */
function newestFlashes(messages: Flash[], maxBytes: number): Flash[] {
  let from = Math.max(0, messages.length - MAX_FLASHES)
  let bytes = 0
  for (let i = messages.length - 1; i >= from; i--) {
    bytes += Buffer.byteLength(JSON.stringify(messages[i])) + 1
    if (bytes > maxBytes) from = i + 1
  }
  return messages.slice(from)
}

function setFlash(values: WritableValues, key: string, messages: Flash[]): void {
  if (messages.length > 0) values.set(key, { text: JSON.stringify(messages), rich: false })
  else values.delete(key)
}

/** The newest is the one that counts; an older one only while a revocation is under way. */
const MAX_EPOCHS = 4

function applyLogin(draft: Draft, login: LifeOperation & { type: 'login' }, context: ApplyContext): Draft {
  const signedOff = draft.principal === null
  const values = signedOff && login.keep ? new Map([...draft.values].filter(([key]) => survives(key, login.keep!))) : draft.values
  let issued: Draft['issued']
  const replaced = replaceToken(draft.meta, context.now, (generation) => {
    const made = context.tokens['signed-in'].issue(draft.id, generation)
    issued = { channel: 'signed-in', token: made.token }
    return made
  })
  const meta: Meta = {
    ...replaced,
    persistence: login.persistence,
    authenticatedAt: login.proven ? context.now : 0,
    stamp: login.stamp,
    epochs: login.epoch === undefined ? [] : [login.epoch],
    // Proving who you are starts the lifetime again (NIST SP 800-63B-4, 5.2).
    absoluteExpiresAt: Math.min(context.now + context.policy.absoluteTimeout, login.until ?? Infinity),
    acting: login.acting,
  }
  return { id: draft.id, principal: login.principal, meta, values, issued }
}

function applyLifetime(draft: Draft, { idleTimeout, persistence }: Lifetime, context: ApplyContext): Draft {
  const { meta } = draft
  if (meta.acting) return draft
  const absoluteExpiresAt = Math.max(meta.absoluteExpiresAt, context.now + (idleTimeout ?? 0))
  if (meta.idleTimeout === idleTimeout && meta.persistence === persistence) return draft
  const next = { ...draft, meta: { ...meta, idleTimeout, persistence, absoluteExpiresAt } }
  // The client keeps a token as long as the response said that brought it.
  const isTold = draft.issued !== undefined || meta.generation === 0
  const isNews = meta.persistence !== persistence || meta.absoluteExpiresAt !== absoluteExpiresAt
  return isNews && !isTold ? applyRotation(next, { type: 'rotate' }, context) : next
}

/** Whether a value of the anonymous session survives a login that keeps only some. */
export function survives(key: string, keep: readonly string[]): boolean {
  return key.startsWith(RESERVED) || keep.includes(key)
}

function applyRotation(draft: Draft, operation: LifeOperation, context: ApplyContext): Draft {
  const { meta, principal } = draft
  const { now, policy } = context
  if (operation.type === 'promote') {
    return meta.pending?.generation === operation.generation ? { ...draft, meta: promotePending(meta, now) } : draft
  }
  if (operation.type === 'rotateIfDue') {
    // Also after a failover that made another token the current one: then the old one's bearer gets no new token
    // (counterexample `failover-behind`).
    const isCurrent = meta.current.generation === operation.generation
    if (!isCurrent || !policy.rotation || !rotationDue(meta, operation.openedAt, policy.rotation)) return draft
  }
  const channel: Channel = principal === null ? 'anonymous' : 'signed-in'
  let issued: Draft['issued']
  const issue = (generation: number): IssuedToken => {
    const made = context.tokens[channel].issue(draft.id, generation)
    issued = { channel, token: made.token }
    return made
  }
  const next = operation.type === 'rotateIfDue' ? rotateWithGrace(meta, now, issue, policy.rotation!) : replaceToken(meta, now, issue)
  return { ...draft, meta: next, issued }
}
