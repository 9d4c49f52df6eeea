import assert from 'node:assert/strict'
import type { SessionStore } from '../../core/contracts/store.ts'
import { at, DAY, MINUTE, newRecord, nextOf, NOW, requirePrincipals, stored, type Rule } from './rule.ts'

/**
 * In how many milliseconds an engine that expires by its own clock will drop something. `store` is the store that the
 * case has made.
 */
export interface EngineTtl {
  /** The record with this id. */
  record(store: SessionStore, id: string): Promise<number>
  /** The index of a principal, or the part of it that is dropped first. */
  index(store: SessionStore, principal: string): Promise<number>
  /** The epoch of a principal. */
  epoch(store: SessionStore, principal: string): Promise<number>
}

/**
 * Whether the engine drops something too early. Other rules cannot see that, because they would have to wait for it.
 */
export function ownExpiryRules(ttl: EngineTtl): readonly Rule[] {
  return [
    {
      name: 'the engine keeps a touched record until its new deadline',
      why: 'a session that is only read lives by touches, and would end at its first idle deadline',
      async check(store) {
        const { id, expiresAt } = await stored(store)
        assert.equal(await store.touch(id, expiresAt + DAY, at(NOW)), true)
        keepsUntil(expiresAt + DAY, await ttl.record(store, id))
      },
    },
    {
      name: 'the engine keeps an updated record until its new deadline',
      why: 'the same for a session that is written',
      async check(store) {
        const record = await stored(store)
        const next = nextOf(record, { expiresAt: record.expiresAt + DAY })
        assert.equal(await store.update(next, at(NOW)), 'updated')
        keepsUntil(next.expiresAt, await ttl.record(store, record.id))
      },
    },
    {
      name: 'the engine keeps the index as long as its longest session',
      why: 'a short session that comes later must not take the long ones out of the index: a revocation would miss them',
      async check(store) {
        requirePrincipals(store)
        const { retainUntil } = await stored(store, { principal: 'alice' })
        await stored(store, { principal: 'alice', retainUntil: NOW + DAY })
        keepsUntil(retainUntil, await ttl.index(store, 'alice'))
        const anonymous = newRecord({ retainUntil: NOW + DAY })
        await store.create(anonymous, at(NOW))
        assert.equal(await store.update(nextOf(anonymous, { principal: 'alice' }), at(NOW)), 'updated')
        keepsUntil(retainUntil, await ttl.index(store, 'alice'))
        await stored(store, { principal: 'alice', retainUntil: retainUntil + DAY })
        keepsUntil(retainUntil + DAY, await ttl.index(store, 'alice'))
      },
    },
    {
      name: 'the engine keeps an epoch as long as any raise promised',
      why: 'it must outlast the longest sign-in that began before it',
      async check(store) {
        const index = requirePrincipals(store)
        await index.raise('alice', 'first', NOW + 2 * DAY, at(NOW))
        await index.raise('alice', 'second', NOW + DAY, at(NOW))
        keepsUntil(NOW + 2 * DAY, await ttl.epoch(store, 'alice'))
        await index.raise('alice', 'third', NOW + 3 * DAY, at(NOW))
        keepsUntil(NOW + 3 * DAY, await ttl.epoch(store, 'alice'))
      },
    },
  ]
}

/** A minute is allowed for what engines round. */
function keepsUntil(deadline: number, left: number): void {
  const missing = deadline - Date.now() - left
  assert(missing <= MINUTE, `the engine drops it ${Math.round(missing / 1_000)} seconds too early`)
}
