/**
 * What a user had asked for when a guard sent them to prove more: the address and the method of a form, not its body.
 *
 * @module
 */
import type { SessionBackend } from '../core/request/session-backend.ts'

/** Begins as `RESERVED` of core does, which `set` refuses. */
const ASKED = '\u0000asked'

/** A request that a guard refused. */
export interface AskedRequest {
  readonly method: string
  /** A path of this site, with its query. */
  readonly address: string
}

export function keepAsked(backend: SessionBackend, asked: AskedRequest): void {
  backend.change({ type: 'set', key: ASKED, value: { text: JSON.stringify(asked), rich: false } })
}

/** After `load()`. Returns it once. */
export function takeAsked(backend: SessionBackend): AskedRequest | undefined {
  const stored = backend.values().get(ASKED)
  if (!stored) return undefined
  backend.change({ type: 'delete', key: ASKED })
  return JSON.parse(stored.text) as AskedRequest
}
