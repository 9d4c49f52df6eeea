import { afterAll, beforeAll } from 'vitest'
import type { SessionStore } from '../../src/index.ts'
import { openStore } from './stores.ts'
import type { Engine, StoreKind } from './stores.ts'

/** For a `describe`: opens one store on an engine of its own, and closes both in the end. It is there in the tests. */
export function storeOf({ missing, start }: Pick<StoreKind, 'missing' | 'start'>): () => SessionStore {
  let engine: Engine | undefined
  let store: SessionStore | undefined
  beforeAll(async () => {
    if (missing) return
    engine = await start()
    store = await openStore(engine.location)
  }, 60_000)
  afterAll(async () => {
    await store?.close()
    await engine?.stop()
  })
  return () => store!
}
