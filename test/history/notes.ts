import type { Location } from '../_support/stores.ts'

export const SECRET = 'the secret of the history check, long'

export interface WriterSetup {
  readonly name: string
  readonly location: Location
  readonly cookie: string
  readonly clients: number
}

/** What a writer reports. */
export type Note =
  | { readonly type: 'ready' }
  /** The append was acknowledged, was refused for sure, or nobody knows. */
  | { readonly type: 'acknowledged' | 'refused' | 'unknown'; readonly value: string; readonly code?: string }
  /** A read that lacks what the same client has read, or was acknowledged, before. */
  | { readonly type: 'wentBack'; readonly missing: readonly string[] }
  | { readonly type: 'stopped' }
