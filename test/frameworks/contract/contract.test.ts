import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { adapterContract } from '../../../src/testing/index.ts'
import { leftOut } from '../../_support/left-out.ts'
import { remoteStore } from '../../_support/remote-store.ts'
import { applications } from './applications.ts'
import { buffered, kinds } from './kinds.ts'

/** The compatibility layer reads ahead of code that reads synchronously: docs/decisions/0076-the-bag-is-compared.md. */
const readsAhead = { 'a handler that never touches the session': 'a visitor with a genuine cookie costs one read' }

const whole = 'a response that is handed over whole has no headers before its end'
const streams = {
  'a stream that breaks off': whole,
  'a change within a stream, the first': whole,
  'a change within a stream, after one before it': whole,
}

/** Without a session too: Koa's own error page has a body, and a body for HEAD makes node:http2 break off. */
const head = 'Koa has no error page for HEAD on HTTP/2'
const heads = { 'a failed save is an error: HEAD': head, 'a failed save is an error: HEAD of a stream': head }

function skipOf(name: string): Record<string, string> {
  if (name.startsWith('express-session')) return readsAhead
  if (name === 'koa on HTTP/2') return heads
  return buffered.includes(name) ? streams : {}
}

describe.each([
  ['at once', memoryStore],
  ['later', remoteStore],
])('a store that answers %s', (_when, store) => {
  for (const [name, make] of Object.entries({ ...applications, ...kinds })) {
    describe(name, () => {
      for (const { name: rule, why, skip, run } of adapterContract(make, { store, skip: skipOf(name) })) {
        test(`${rule}: ${why}`, leftOut(skip), run)
      }
    })
  }
})

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
