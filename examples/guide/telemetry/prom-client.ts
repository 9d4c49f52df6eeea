// #region client
import { tracingChannel } from 'node:diagnostics_channel'
import { Counter, Histogram, register } from 'prom-client'
import { isSojournError } from 'sojourn'
import type { Sessions, StoreTrace } from 'sojourn'

const created = new Counter({ name: 'sojourn_session_created_total', help: 'Sessions that were stored for the first time.' })
const ended = new Counter({ name: 'sojourn_session_ended_total', help: 'Sessions that ended.', labelNames: ['sojourn_end_reason'] })
const signIns = new Counter({
  name: 'sojourn_sign_in_attempts_total',
  help: 'Sign-ins, by result.',
  labelNames: ['sojourn_sign_in_result', 'error_type'],
})
const storeCalls = new Histogram({
  name: 'sojourn_store_operation_duration_seconds',
  help: 'How long a call of the store takes.',
  labelNames: ['sojourn_store', 'sojourn_store_operation', 'error_type'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
})

export function countSessions<Data extends object>(sessions: Sessions<Data>): void {
  sessions.on('created', () => created.inc())
  for (const reason of ['logout', 'revoked', 'expired'] as const) sessions.on(reason, () => ended.inc({ sojourn_end_reason: reason }))
  sessions.on('login', () => signIns.inc({ sojourn_sign_in_result: 'success' }))
  sessions.on('signInFailed', ({ reason }) => signIns.inc({ sojourn_sign_in_result: 'failure', error_type: reason }))

  const began = new WeakMap<StoreTrace, number>()
  const done = (call: StoreTrace): void => {
    const labels = { sojourn_store: call.engine ?? 'other', sojourn_store_operation: call.operation }
    const failed = isSojournError(call.error) ? { error_type: call.error.code } : {}
    storeCalls.observe({ ...labels, ...failed }, (performance.now() - began.get(call)!) / 1_000)
  }
  tracingChannel<unknown, StoreTrace>('sojourn:store').subscribe({
    start: (call) => void began.set(call, performance.now()),
    end: (call) => void (call.waits || done(call)), // the store had its result at once
    asyncStart() {},
    asyncEnd: done,
    error() {},
  })
}

/** For the route that Prometheus asks. */
export async function metricsPage(): Promise<Response> {
  return new Response(await register.metrics(), { headers: { 'content-type': register.contentType } })
}
// #endregion
