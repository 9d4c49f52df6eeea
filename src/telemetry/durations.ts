import type { Attributes, Meter } from '@opentelemetry/api'
import { errorAttributes } from './attributes.ts'
import type { WatchedCall, Watcher } from './calls.ts'

/** Seconds. A store in this process takes microseconds, and by default a call ends after two seconds. */
const DURATIONS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const ATTEMPTS = [1, 2, 3, 5, 10, 20, 40]

/** Measures how long calls take. */
export function durationsOf(meter: Meter): Watcher {
  const duration = (name: string, description: string): ReturnType<Meter['createHistogram']> =>
    meter.createHistogram(`sojourn.${name}.duration`, { unit: 's', description, advice: { explicitBucketBoundaries: DURATIONS } })
  const load = duration('load', 'How long a request takes to find its session.')
  const commit = duration('commit', 'How long a request takes to save its session.')
  const store = duration('store.operation', 'How long a call of the store takes.')
  const attempts = meter.createHistogram('sojourn.commit.attempts', {
    unit: '{attempt}',
    description: 'How often a commit was tried until there was no conflict.',
    advice: { explicitBucketBoundaries: ATTEMPTS },
  })
  return {
    ended(call, seconds) {
      const attributes = attributesOf(call)
      if (call.kind === 'load') load.record(seconds, attributes)
      if (call.kind === 'store') store.record(seconds, attributes)
      if (call.kind !== 'commit') return
      commit.record(seconds, attributes)
      if (call.message.attempts > 0) attempts.record(call.message.attempts)
    },
  }
}

function attributesOf({ kind, message }: WatchedCall): Attributes {
  const failed = errorAttributes(message.error)
  if (kind === 'load') return { 'sojourn.load.found': message.id !== undefined, ...failed }
  if (kind === 'commit') return { 'sojourn.commit.outcome': message.result ?? 'failed', ...failed }
  if (kind === 'store') return { 'sojourn.store': message.engine ?? 'other', 'sojourn.store.operation': message.operation, ...failed }
  return failed
}
