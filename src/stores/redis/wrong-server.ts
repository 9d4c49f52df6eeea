import { reasonOfRedis } from '../../core/storage/engine-errors.ts'

const STALE = new Set(['READONLY', 'LOADING', 'MASTERDOWN'])

/** Whether this is the wrong server now: after a failover, an open connection stays on the old one. */
export function isWrongServer(error: unknown): boolean {
  return STALE.has(reasonOfRedis(error) ?? '')
}
