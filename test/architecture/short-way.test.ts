/** How far it is from the handler to the store: frames of ours, counted where the store is asked. */
import { expect, test } from 'vitest'
import { createSessions, memoryStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/contracts.ts'
import { SECRET } from '../_support/application.ts'
import { client } from '../_support/client.ts'

/** A memory store that tells the way to its calls: the files and functions of ours, the nearest first. */
function tellingStore(ways: Map<string, string[]>): SessionStore {
  const inner = memoryStore()
  const note = (operation: string): void => {
    const before = Error.stackTraceLimit
    Error.stackTraceLimit = 50
    const lines = (new Error('here').stack ?? '').split('\n').filter((line) => line.includes('/src/'))
    Error.stackTraceLimit = before
    ways.set(
      operation,
      lines.map((line) => `${/\/src\/(.*?):\d/.exec(line)?.[1]} ${/at (?:async )?([\w.#]+) \(/.exec(line)?.[1] ?? ''}`),
    )
  }
  return {
    ...inner,
    replies: 'certain',
    load: (id, call) => {
      note('load')
      return inner.load(id, call)
    },
    create: (record, call) => inner.create(record, call),
    update: (record, call) => {
      note('update')
      return inner.update(record, call)
    },
    touch: (id, expiresAt, call) => inner.touch(id, expiresAt, call),
    delete: (id, call) => inner.delete(id, call),
    close: () => inner.close(),
  }
}

const ways = new Map<string, string[]>()
const browser = client(createSessions({ secrets: [SECRET], store: tellingStore(ways) }))

test('from session.get to the store: six frames or fewer', async () => {
  await browser.run((session) => session.set('cart', [1]))
  await browser.run((session) => session.get('cart'))
  const way = ways.get('load')!
  const frames = way.slice(0, way.findIndex((frame) => frame.startsWith('core/session.ts')) + 1)
  expect(frames.at(-1)).toContain('core/session.ts')
  expect(frames.length, frames.join('\n')).toBeLessThanOrEqual(6)
})

test('from the commit to the store: five files or fewer', async () => {
  await browser.run((session) => session.set('cart', [2]))
  const way = ways.get('update')!
  // The adapter and the handle are before the way, and `whenThere` is a word of the language by now.
  const others = new Set(['core/fetch.ts', 'core/session.ts', 'core/basics/answer.ts'])
  const files = new Set(way.map((frame) => frame.split(' ')[0]!).filter((file) => !others.has(file)))
  expect(files.size, way.join('\n')).toBeLessThanOrEqual(5)
})
