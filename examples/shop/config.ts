import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CarrierName } from './carrier.ts'

/** What the environment says. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly secret: string
  /** A file of SQLite, `postgres://…`, or `redis-cluster://host:port,host:port`. */
  readonly store: string
  /** A file of SQLite. */
  readonly users: string
  /** How sessions travel: `cookie`, `url` or `form`. */
  readonly transport: Exclude<CarrierName, 'phone'>
  /** Where Prometheus may ask for metrics; none if it is left out. */
  readonly metricsPort: number | undefined
}

/** Reads the environment; makes the data folder, and a secret in it where none is given. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const folder = env['DATA_DIR'] || join(import.meta.dirname, '.data')
  mkdirSync(folder, { recursive: true })
  return {
    host: env['HOST'] || '127.0.0.1',
    port: wholeNumber('PORT', env['PORT'] || '3000', 0, 65_535),
    workers: wholeNumber('WORKERS', env['WORKERS'] || '1', 1, 64),
    secret: env['SESSION_SECRET'] || keptSecret(join(folder, 'secret')),
    store: env['STORE'] || join(folder, 'sessions.db'),
    users: join(folder, 'users.db'),
    transport: carrierName(env['TRANSPORT'] || 'cookie'),
    metricsPort: env['METRICS_PORT'] ? wholeNumber('METRICS_PORT', env['METRICS_PORT'], 1, 65_535) : undefined,
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not '${text}'.`)
}

function carrierName(name: string): Config['transport'] {
  if (name === 'cookie' || name === 'url' || name === 'form') return name
  throw new Error(`TRANSPORT must be cookie, url or form, not '${name}'.`)
}

/** The same secret after a restart, or every cart would be lost. In production it comes from SESSION_SECRET. */
function keptSecret(path: string): string {
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8').trim()
}
