/**
 * Applies a handle's operations to the data of another system.
 *
 * @module
 */
import { applyData, flashKey, survives } from '../../core/record/operations.ts'
import type { DataOperation, Flash } from '../../core/record/operations.ts'
import type { DataRules } from '../../core/record/schema.ts'
import type { EncodedValue } from '../../core/record/values.ts'
import type { FlashMessage, ForeignFlash, ForeignSystem, ForeignValues } from './format.ts'

/** A sign-in, with the entries that the system stores for it. */
export interface ForeignSignIn {
  readonly type: 'login'
  readonly principal: string
  readonly keep: readonly string[] | undefined
  readonly entries: ForeignValues
}

export type ForeignOperation =
  | DataOperation
  | ForeignSignIn
  /** A new key. Where the data travel in the cookie: a new cookie. */
  | { readonly type: 'rotate' }
  /** The cookie that carries the data is due to be sent again. */
  | { readonly type: 'reseal' }

/** Returns new values and leaves the given ones unchanged. @throws as `applyData` does */
export function applyForeign(
  values: ForeignValues,
  operations: readonly ForeignOperation[],
  format: ForeignSystem,
  rules: DataRules,
): Map<string, EncodedValue> {
  const result = new Map(values)
  for (const operation of operations) {
    if (operation.type === 'login') applySignIn(result, operation, format)
    else if (operation.type === 'flash') addMessage(result, operation, format.flash!)
    else if (operation.type === 'takeFlash') takeMessages(result, operation, format.flash!)
    else if ('key' in operation) applyData(result, operation, rules)
  }
  return result
}

/**
 * The messages of one type. The system gives them no ids, so an id is made of the text and of the position among equal
 * texts.
 */
export function messagesOf(values: ForeignValues, flash: ForeignFlash | undefined, type: string): Flash[] {
  const all = flash ? flash.read(values) : []
  const ids = idsOf(all)
  return all.flatMap((message, i): Flash[] => (message.type === type ? [[ids[i]!, message.text]] : []))
}

function idsOf(messages: readonly FlashMessage[]): string[] {
  const seen = new Map<string, number>()
  return messages.map(({ type, text }) => {
    const name = JSON.stringify([type, text])
    const before = seen.get(name) ?? 0
    seen.set(name, before + 1)
    return `${before} ${name}`
  })
}

const FLASH_PREFIX = flashKey('').length

function addMessage(values: Map<string, EncodedValue>, { key, message }: DataOperation & { type: 'flash' }, flash: ForeignFlash): void {
  flash.write(values, [...flash.read(values), { type: key.slice(FLASH_PREFIX), text: message }])
}

function takeMessages(values: Map<string, EncodedValue>, { ids }: DataOperation & { type: 'takeFlash' }, flash: ForeignFlash): void {
  const all = flash.read(values)
  const known = idsOf(all)
  flash.write(
    values,
    all.filter((_, i) => !ids.includes(known[i]!)),
  )
}

function applySignIn(values: Map<string, EncodedValue>, { keep, entries }: ForeignSignIn, { principal }: ForeignSystem): void {
  const signedOff = principal.of(values) === null
  if (keep && signedOff) for (const key of values.keys()) if (!survives(key, keep)) values.delete(key)
  for (const key of principal.keys) values.delete(key)
  for (const [key, value] of entries) values.set(key, value)
}
