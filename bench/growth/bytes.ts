/**
 * The cost of a read and a write of one session by its size: the store's calls, and visits that need one small value.
 *
 * @module
 */
import { at, NOW } from '../../src/testing/store-contract/rule.ts'
import type { Session } from '../../src/index.ts'
import type { Ground } from './engine.ts'
import type { Extent } from './points.ts'
import { copiesOf, idOf, sessionsOn, signIn } from './records.ts'
import type { Data } from './records.ts'
import { sample } from './sample.ts'
import type { Reading } from './sample.ts'

const MANY = 64

export async function bytesOf({ store, own, fill }: Ground, bytes: number, extent: Extent): Promise<Reading[]> {
  const copies = await copiesOf(bytes)
  const user = `of-${bytes}`
  const ids = Array.from({ length: 2 * MANY }, (_, i) => idOf(`${user}-${i}`))
  const ours = (turn: number): string => ids[turn % MANY]!
  const bare = (turn: number): string => ids[MANY + (turn % MANY)]!
  await fill(ids.map((id) => copies(id, user)))
  const sessions = sessionsOn(store)
  const cookies = await Promise.all(Array.from({ length: MANY }, () => signIn(sessions, `visitor-of-${bytes}`, bytes)))
  const visit = async (turn: number, work: (session: Session<Data>) => unknown): Promise<void> => {
    const request = new Request('https://shop.example/', { headers: { cookie: cookies[turn % MANY]! } })
    await sessions.handle(request, async (session) => {
      await work(session)
      return new Response('thanks')
    })
  }
  return sample(
    {
      read: (turn) => store.load(ours(turn), at(NOW)),
      'own read': (turn) => own.read(bare(turn)),
      write: (turn) => {
        const record = copies(ours(turn), user, { version: 2 + Math.floor(turn / MANY), turn })
        return async () => {
          if ((await store.update(record, at(NOW))) !== 'updated') throw new Error('A write was not made.')
        }
      },
      'own write': (turn) => {
        const record = copies(bare(turn), user, { turn })
        return () => own.write(record)
      },
      'visit that reads': (turn) => visit(turn, (session) => session.get('count')),
      'visit that writes': (turn) => visit(turn, (session) => session.set('count', turn)),
    },
    extent,
  )
}
