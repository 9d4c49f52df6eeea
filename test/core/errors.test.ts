import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { refusal } from '../../src/core/basics/refusal.ts'
import { SojournError, isSojournError } from '../../src/index.ts'
import type { ErrorCode } from '../../src/index.ts'

const tooMany = refusal(429, 'Later.', [['Retry-After', '60']])
const errors: readonly SojournError[] = [
  new SojournError('ERR_SESSION_STORE', 'The disk is full.'),
  new SojournError('ERR_SESSION_STORE', 'The store failed.', { cause: new Error('The disk is full.') }),
  new SojournError('ERR_SESSION_SCHEMA', 'No.', { issues: [{ message: 'No.' }] }),
  new SojournError('ERR_SESSION_THROTTLED', 'Later.', { refusal: tooMany }),
]

describe('a printed error', () => {
  test.each(errors.map((error) => [error.message, error] as const))('says what it is, and nothing that it is not: %s', (message, error) => {
    const printed = inspect(error)
    expect(printed.startsWith(`SojournError: ${message}`)).toBe(true)
    expect(printed).toContain(`code: '${error.code}'`)
    expect(printed).not.toMatch(/undefined|name:/)
    expect(error.stack).toMatch(/^SojournError: /)
  })

  test('holds what belongs to its code', () => {
    expect(errors.map((error) => Object.keys(error))).toEqual([['code'], ['code'], ['code', 'issues'], ['code', 'refusal']])
    expect((errors[1]!.cause as Error).message).toBe('The disk is full.')
    expect('cause' in errors[0]!).toBe(false)
  })
})

describe('isSojournError', () => {
  test('knows those of another copy of the package, and no others', () => {
    const copy = Object.assign(new Error('No.'), { name: 'SojournError', code: 'ERR_SESSION_STORE' satisfies ErrorCode })
    expect([...errors, copy].every(isSojournError)).toBe(true)
    const others = [
      new Error('No.'),
      Object.assign(new Error('No.'), { code: 'ERR_SESSION_STORE' }),
      { name: 'SojournError', code: 'ERR_SESSION_STORE', message: 'No.' },
      null,
    ]
    expect(others.some(isSojournError)).toBe(false)
  })
})
