import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { adapterContract } from '../../../src/testing/index.ts'
import { applications } from './applications.ts'

for (const [name, make] of Object.entries(applications)) {
  describe(name, () => {
    for (const { name: rule, why, run } of adapterContract(make, { store: memoryStore })) test(`${rule}: ${why}`, run)
  })
}

test('a skip gives its reason, and names a case', () => {
  const make = applications['fetch']!
  const skipped = adapterContract(make, { store: memoryStore, skip: { 'a read': 'no reads here' } }).filter(
    ({ skip }) => skip !== undefined,
  )
  expect(skipped.map(({ name, skip }) => [name, skip])).toEqual([['a read', 'no reads here']])
  expect(() => adapterContract(make, { store: memoryStore, skip: { 'a reed': 'a typing error' } })).toThrow("there is no case 'a reed'")
})
