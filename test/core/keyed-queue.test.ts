import { expect, test } from 'vitest'
import { KeyedQueue } from '../../src/core/basics/keyed-queue.ts'

test('tasks of one key follow each other, those of another do not wait', async () => {
  const queue = new KeyedQueue<void>()
  const order: string[] = []
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const first = queue.run('a', async () => {
    order.push('a1 begins')
    await gate
    order.push('a1 ends')
  })
  const second = queue.run('a', () => void order.push('a2'))
  await queue.run('b', () => void order.push('b'))
  open()
  await Promise.all([first, second])
  expect(order).toEqual(['a1 begins', 'b', 'a1 ends', 'a2'])
})

test('a task gets the result of the one before it, but not that of a failed one, nor of one long done', async () => {
  const queue = new KeyedQueue<number>()
  const seen: (number | undefined)[] = []
  const add = (previous: number | undefined): number => {
    seen.push(previous)
    return (previous ?? 0) + 1
  }
  const failing = (): never => {
    throw new Error('the store is down')
  }
  const [one, two, failed, four] = [queue.run('a', add), queue.run('a', add), queue.run('a', failing), queue.run('a', add)]
  await expect(failed).rejects.toThrow('the store is down')
  expect(await Promise.all([one, two, four])).toEqual([1, 2, 1])
  await queue.run('a', add)
  expect(seen).toEqual([undefined, 1, undefined, undefined])
})
