/**
 * How long the calls of the store take, by the channel `sojourn:store`.
 *
 * @module
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { StoreTrace } from '../../core/basics/tracing.ts'

/** Tells the length of each call of an application's store, milliseconds. */
export function timeStore(sessions: object, took: (milliseconds: number) => void): void {
  const begun = new WeakMap<StoreTrace, number>()
  const ended = (message: StoreTrace): void => {
    const at = begun.get(message)
    if (at !== undefined) took(performance.now() - at)
    begun.delete(message)
  }
  tracingChannel<unknown, StoreTrace>('sojourn:store').subscribe({
    start: (message) => {
      if (message.isOf(sessions)) begun.set(message, performance.now())
    },
    end: (message) => {
      if (!message.waits) ended(message)
    },
    asyncStart: () => {},
    asyncEnd: ended,
    error: () => {},
  })
}
