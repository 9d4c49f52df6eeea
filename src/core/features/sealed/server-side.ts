/**
 * What the server keeps of sealed sessions, for listing, revoking and sweeping outside a request.
 *
 * @module
 */
import { placeOf } from './records.ts'
import type { SealedSettings } from './records.ts'
import type { PrincipalIndex, SessionStore, Sweeper } from '../../contracts/store.ts'

/**
 * Finds the stubs of signed-in sessions by their ids, if revocations are kept. A session that is in no store cannot be
 * found.
 */
export function serverSideStore(settings: SealedSettings): SessionStore {
  const { revocations, spill } = settings
  const stores = storesBehind(settings)
  const sweepers = stores.map(({ sweeper }) => sweeper).filter((sweeper) => sweeper !== undefined)
  const principals = revocations?.principals
  const engine = stores[0]?.engine
  return {
    load: async (id, call) => revocations?.load(id, call),
    // Records are written by the requests they travel with.
    create: () => 'exists',
    update: () => 'gone',
    touch: () => false,
    async delete(id, call) {
      const known = await revocations?.delete(id, call)
      const spilled = await spill?.delete(placeOf(id), call)
      return known ?? spilled ?? false
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()))
    },
    onEvent: (listener) => stores.forEach((store) => store.onEvent?.(listener)),
    ...(stores.every(({ replies }) => replies === 'certain') && { replies: 'certain' }),
    ...(engine !== undefined && { engine }),
    ...(principals && { principals: indexOf(principals, settings) }),
    // What was spilled is no record of ours there, and ends with its stub.
    ...(revocations?.scanner && { scanner: revocations.scanner }),
    ...(sweepers.length > 0 && { sweeper: inTurn(sweepers) }),
  }
}

/** The stores that are used beside the cookies. */
export function storesBehind({ revocations, spill }: SealedSettings): readonly SessionStore[] {
  return [...new Set([revocations, spill])].filter((store) => store !== undefined)
}

function indexOf(principals: PrincipalIndex, { spill, recheck }: SealedSettings): PrincipalIndex {
  return {
    epoch: (principal, call) => principals.epoch(principal, call),
    raise: (principal, epoch, keepUntil, call) => principals.raise(principal, epoch, keepUntil, call),
    async list(principal, cursor, call) {
      const { records, next } = await principals.list(principal, cursor, call)
      // A stub outlives its session by the time between two checks.
      const shown = records.map((record) => ({ ...record, expiresAt: Math.max(record.expiresAt - recheck, call.now + 1) }))
      return next === undefined ? { records: shown } : { records: shown, next }
    },
    ...(principals.ids && { ids: (principal, cursor, call) => principals.ids!(principal, cursor, call) }),
    async deleteMany(principal, ids, call) {
      const ended = await principals.deleteMany(principal, ids, call)
      if (spill) await Promise.all(ended.map(async (id) => spill.delete(placeOf(id), call)))
      return ended
    },
  }
}

function inTurn(sweepers: readonly Sweeper[]): Sweeper {
  let at = 0
  return {
    async sweep(limit, call) {
      const { expired, done } = await sweepers[at]!.sweep(limit, call)
      if (done) at = (at + 1) % sweepers.length
      return { expired, done: done && at === 0 }
    },
  }
}
