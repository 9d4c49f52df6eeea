/**
 * The shop: `npm start`. PORT, HOST, WORKERS, DATA_DIR, STORE, TRANSPORT, METRICS_PORT and SESSION_SECRET are read from
 * the environment.
 *
 * @module
 */
import cluster from 'node:cluster'
import { readConfig } from './config.ts'
import { serve } from './server.ts'
import { superviseWorkers } from './workers.ts'

try {
  const config = readConfig(process.env)
  if (cluster.isPrimary && config.workers > 1) await superviseWorkers(config)
  else await serve(config)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
  if (cluster.isWorker) process.disconnect()
}
