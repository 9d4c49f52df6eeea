import { describe, expect, test } from 'vitest'
import { parseDuration } from '../../src/core/basics/time.ts'
import type { Duration } from '../../src/core/basics/time.ts'

describe('a duration', () => {
  test.each<[Duration, number]>([
    [1, 1],
    [1_500.4, 1_500],
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
    null,
    undefined,
    {},
    ['30m'],
  ])('%s is none, and the error names it', (value) => {
    expect(() => parseDuration(value as Duration, 'idleTimeout')).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_DURATION', message: expect.stringMatching(/^idleTimeout: .*'30m'/) }),
    )
  })
})
