// #region sdk
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Sessions } from 'sojourn'
import { telemetry } from 'sojourn/telemetry'

/** Serves the metrics of these sessions for Prometheus. Returns the function that stops it. */
export async function serveMetrics<Data extends object>(sessions: Sessions<Data>, port: number): Promise<() => Promise<void>> {
  const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true })
  await exporter.startServer()
  const meterProvider = new MeterProvider({ readers: [exporter] })
  // #region telemetry
  const stop = telemetry(sessions, { meterProvider })
  // #endregion
  return async () => {
    stop()
    await meterProvider.shutdown()
  }
}
// #endregion
