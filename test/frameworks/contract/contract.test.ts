import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { adapterContract } from '../../../src/testing/index.ts'
import { leftOut } from '../../_support/left-out.ts'
import { applications } from './applications.ts'

/** The compatibility layer reads ahead of code that reads synchronously: docs/decisions/0076-the-bag-is-compared.md. */
const readsAhead = { 'a handler that never touches the session': 'a visitor with a genuine cookie costs one read' }

for (const [name, make] of Object.entries(applications)) {
  describe(name, () => {
    const skip = name.startsWith('express-session') ? readsAhead : {}
    for (const { name: rule, why, skip: reason, run } of adapterContract(make, { store: memoryStore, skip })) {
      test(`${rule}: ${why}`, leftOut(reason), run)
    }
  })
}

test('what is skipped would fail', async () => {
  const rules = adapterContract(applications['express-session on express 5']!, { store: memoryStore })
  await expect(rules.find(({ name }) => name in readsAhead)!.run()).rejects.toThrow('the store was asked')
})

test('a skip gives its reason, and names a case', () => {
  const make = applications['fetch']!
  const skipped = adapterContract(make, { store: memoryStore, skip: { 'a read': 'no reads here' } }).filter(
    ({ skip }) => skip !== undefined,
  )
  expect(skipped.map(({ name, skip }) => [name, skip])).toEqual([['a read', 'no reads here']])
  expect(() => adapterContract(make, { store: memoryStore, skip: { 'a reed': 'a typing error' } })).toThrow("there is no case 'a reed'")
})
