/**
 * The servers that contestants keep their sessions on, started for the run.
 *
 * @module
 */
import { findEngine } from '../scripts/engines.ts'
import { startPostgres } from '../scripts/engines/postgres.ts'
import { startRedis } from '../scripts/engines/redis.ts'
import type { Contestant } from './contestants.ts'
import type { Engines } from './places.ts'

export interface Started {
  readonly engines: Engines
  stop(): Promise<void>
}

/** Starts what the contestants need. */
export async function startEngines(contestants: readonly Contestant[]): Promise<Started> {
  const needs = (place: Contestant['place']): boolean => contestants.some((one) => one.place === place)
  const redis = needs('redis') ? await startRedis(programOf('redis')) : undefined
  const postgres = needs('postgres') ? await startPostgres(programOf('postgres')) : undefined
  return {
    engines: {
      ...(redis && { redis: `redis://127.0.0.1:${redis.ports[0]}` }),
      ...(postgres && { postgres: postgres.url }),
    },
    stop: async () => void (await Promise.all([redis?.stop(), postgres?.stop()])),
  }
}

function programOf(name: 'redis' | 'postgres'): string {
  const program = findEngine(name)
  if (program === undefined) throw new Error(`There is no ${name}. Install it, or choose with --only.`)
  return program
}
