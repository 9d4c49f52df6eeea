import { describe, expect, test } from 'vitest'
import { parseDuration, parseWait } from '../../src/core/basics/time.ts'
import type { Duration } from '../../src/core/basics/time.ts'

describe('a duration', () => {
  test.each<[Duration, number]>([
    [1, 1],
    [1_500.4, 1_500],
    ['36500d', 3_153_600_000_000],
    ['1ms', 1],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
  ])('%s is %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text, 'idleTimeout')).toBe(milliseconds)
  })

  test.each([
    0,
    -1,
    Number.NaN,
    Infinity,
    '',
    '30',
    '30 m',
    'm',
    '30M',
    '1e3s',
    '-30m',
    '30min',
    '1h30m',
    '.5h',
    '0s',
    0.4,
    '0.1ms',
    null,
    undefined,
    {},
    ['30m'],
  ])('%s is none, and the error names it', (value) => {
    expect(() => parseDuration(value as Duration, 'idleTimeout')).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(/^idleTimeout: .*'30m'/) }),
    )
  })

  test.each<Duration>(['36501d', '99999999w', Number.MAX_SAFE_INTEGER])('%s ends at an instant that not every store can hold', (value) => {
    expect(() => parseDuration(value, 'absoluteTimeout')).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(/^absoluteTimeout: .*'36500d' at most/) }),
    )
  })

  test.each<Duration>(['25d', 2 ** 31])('%s is too long for a timer, which would end at once', (value) => {
    expect(parseWait(2 ** 31 - 1, 'storeTimeout')).toBe(2 ** 31 - 1)
    expect(() => parseWait(value, 'storeTimeout')).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(/^storeTimeout: .*'24d' at most/) }),
    )
  })
})
