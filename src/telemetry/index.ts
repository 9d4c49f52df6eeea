/**
 * Metrics and spans of sessions for OpenTelemetry. It needs only `@opentelemetry/api`; what happens to them is up to
 * the SDK that the application sets up.
 *
 * @module
 */
import { metrics, trace } from '@opentelemetry/api'
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import { checkOptions } from '../core/basics/known-options.ts'
import type { KnownOptions } from '../core/basics/known-options.ts'
import { watchCalls } from './calls.ts'
import { countEvents } from './counters.ts'
import type { TelemetrySource } from './counters.ts'
import { durationsOf } from './durations.ts'
import { spansOf } from './spans.ts'

export type { TelemetrySource } from './counters.ts'

/** Options of {@link telemetry}. */
export interface TelemetryOptions {
  /** Makes the metrics. Left out: the global meter provider, which an SDK has registered. `false`: no metrics. */
  readonly meterProvider?: MeterProvider | false
  /** Makes the spans. Left out: the global tracer provider, which an SDK has registered. `false`: no spans. */
  readonly tracerProvider?: TracerProvider | false
  /**
   * Whether spans say who is signed in, as `user.id`. It is personal data. Metrics never say it. Default `false`.
   */
  readonly principals?: boolean
}

const SCOPE = 'sojourn'
const OPTIONS: KnownOptions<TelemetryOptions> = { meterProvider: true, tracerProvider: true, principals: true }

/**
 * Reports what sessions do as metrics and spans. Call it after the SDK is started, once for each `createSessions`.
 * Returns the function that stops it.
 *
 * Metrics are named `sojourn.…`, with units in UCUM. Their attributes have few values: no id, no principal, no token
 * and no data. Spans carry the public id of the session as `sojourn.session.id`.
 *
 * @example
 * ```ts from: examples/guide/telemetry/opentelemetry.ts#telemetry
 * const stop = telemetry(sessions, { meterProvider })
 * ```
 *
 * @throws ERR_SESSION_OPTIONS
 */
export function telemetry(sessions: TelemetrySource, options: TelemetryOptions = {}): () => void {
  checkOptions('telemetry', options, OPTIONS)
  const { meterProvider = metrics.getMeterProvider(), tracerProvider = trace.getTracerProvider(), principals = false } = options
  const watchers = []
  const stops: (() => void)[] = []
  if (meterProvider !== false) {
    const meter = meterProvider.getMeter(SCOPE)
    stops.push(countEvents(sessions, meter))
    watchers.push(durationsOf(meter))
  }
  if (tracerProvider !== false) watchers.push(spansOf(tracerProvider.getTracer(SCOPE), principals))
  if (watchers.length > 0) stops.push(watchCalls(sessions, watchers))
  return () => {
    for (const stop of stops) stop()
  }
}
