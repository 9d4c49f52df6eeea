import { expect, onTestFinished, test, vi } from 'vitest'
import { warnOnce } from '../../src/core/basics/warn-once.ts'

function warnings(): unknown[][] {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  return warn.mock.calls
}

test('a warning is given once for each text', () => {
  const heard = warnings()
  for (const text of ['one', 'two', 'one', 'two']) warnOnce(text)
  expect(heard).toEqual([
    ['one', 'SojournWarning'],
    ['two', 'SojournWarning'],
  ])
})

test('or once for each key, whatever its text says', () => {
  const heard = warnings()
  const [a, b] = [{}, {}]
  warnOnce('1 character too many', 'too long')
  warnOnce('2 characters too many', 'too long')
  warnOnce('of a', a)
  warnOnce('of a again', a)
  warnOnce('of b', b)
  expect(heard.map(([text]) => text)).toEqual(['1 character too many', 'of a', 'of b'])
})
