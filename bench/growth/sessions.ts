/**
 * The steps of a visit, by the number of sessions that the store has.
 *
 * @module
 */
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import type { Crowd } from './crowd.ts'
import type { Ground } from './engine.ts'
import type { Extent } from './points.ts'
import { idOf, scoped, sessionsOn, signIn } from './records.ts'
import type { Copies } from './records.ts'
import { sample } from './sample.ts'
import type { Reading } from './sample.ts'

/** @param copies makes records like those of the crowd */
export function stepsOf({ store, own }: Ground, copies: Copies, crowd: Crowd, extent: Extent): Promise<Reading[]> {
  const sessions = sessionsOn(store)
  const anyId = (): string => crowd.id(crowd.any())
  const anyUser = (): string => crowd.user(crowd.any())
  // Those with even numbers are written by us, and those with odd ones by the engine alone, far from what we wrote last:
  // a neighbour's page would still be in its cache.
  const next = (turn: number): number => 2 * ((turn * 7_919) % (crowd.size / 2))
  const nextBare = (turn: number): number => crowd.size - 1 - next(turn)
  const versions = new Map<number, number>()
  return sample(
    {
      read: () => {
        const id = anyId()
        return () => store.load(id, at(NOW))
      },
      'own read': () => {
        const id = anyId()
        return () => own.read(id)
      },
      write: (turn) => {
        const i = next(turn)
        const version = (versions.get(i) ?? 1) + 1
        versions.set(i, version)
        const record = copies(crowd.id(i), crowd.user(i), { version, turn })
        return async () => {
          if ((await store.update(record, at(NOW))) !== 'updated') throw new Error('A write was not made.')
        }
      },
      'own write': (turn) => {
        const i = nextBare(turn)
        const record = copies(crowd.id(i), crowd.user(i), { turn })
        return () => own.write(record)
      },
      'sign-in': () => signIn(sessions, anyUser()),
      'own sign-in': (turn) => {
        const record = copies(idOf(`sign-in-${turn}`), anyUser())
        return () => own.signIn(record)
      },
      list: () => sessions.of(anyUser()).list(),
      'own list': () => own.list(scoped(anyUser())),
    },
    extent,
  )
}
