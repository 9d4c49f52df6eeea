import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { adapterContract } from '../../../src/testing/index.ts'
import { applications } from './applications.ts'
import { describeAdapters, readsAhead } from './suite.ts'

describeAdapters(memoryStore)

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
