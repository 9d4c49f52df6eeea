/**
 * Random lives of several clients, in two processes over one store, against a model of a page. Requests stay open
 * across each other, so each of them may meet what the others have done. fast-check shrinks a failure and prints its
 * seed.
 */
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import { scriptedStore } from '../../src/testing/index.ts'
import { commands, expectAgreement } from './commands.ts'
import type { World } from './commands.ts'
import { Model } from './model.ts'
import { System } from './system.ts'

const stores: readonly { readonly name: string; open(): SessionStore; readonly runs: number }[] = [
  { name: 'memory', open: () => memoryStore(), runs: 4_000 },
  { name: 'memory, as if replies could be lost', open: () => scriptedStore(memoryStore()), runs: 1_500 },
  { name: 'SQLite', open: () => sqliteStore(':memory:'), runs: 1_500 },
]

describe.each(stores)('$name', ({ open, runs }) => {
  test('does what the model says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 120, size: 'max' }), async (steps) => {
        const store = open()
        const system = new System(store)
        const world: World = { model: new Model(system.clock.now()), jars: [{}, {}, {}], requests: [] }
        try {
          await fc.asyncModelRun(() => ({ model: world, real: system }), steps)
          await expectAgreement(world, system)
        } finally {
          await store.close()
        }
      }),
      { numRuns: runs },
    )
  })
})
