/**
 * What a read and a change cost on each store, one after the other and 32 at once, each on a server of this machine:
 * `node bench/stores.ts`. The figures of docs/guide/stores.md.
 */
import { memoryStore } from '../src/index.ts'
import type { StoredRecord } from '../src/contracts.ts'
import type { SessionStore } from '../src/index.ts'
import { at, newRecord, nextOf, NOW } from '../src/testing/store-contract/rule.ts'
import { openStore, sharedStores } from '../test/_support/stores.ts'

const ROUNDS = 1_500
const BODY = 'x'.repeat(500)

/** Microseconds for one call. */
async function each(atOnce: number, ask: (i: number) => unknown): Promise<number> {
  const start = performance.now()
  for (let done = 0; done < ROUNDS; done += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, i) => ask(i)))
  return Math.round(((performance.now() - start) * 1_000) / ROUNDS)
}

async function measure(name: string, store: SessionStore): Promise<void> {
  const records = Array.from({ length: 32 }, (): StoredRecord => newRecord({ body: BODY }))
  for (const record of records) await store.create(record, at(NOW))
  const read = (i: number): unknown => store.load(records[i]!.id, at(NOW))
  const change = (i: number): unknown => store.update((records[i] = nextOf(records[i]!)), at(NOW))
  await each(1, read)
  const figures = [await each(1, read), await each(1, change), await each(32, read), await each(32, change)]
  console.log(`| ${name} | ${figures.map((figure) => `${figure} µs`).join(' | ')} |`)
}

console.log('| store | read | change | read, 32 at once | change, 32 at once |\n|---|---|---|---|---|')
await measure('memory', memoryStore())
for (const { name, missing, start } of sharedStores) {
  if (missing) continue
  const engine = await start()
  const store = await openStore(engine.location)
  await measure(name, store)
  await store.close()
  await engine.stop()
}
