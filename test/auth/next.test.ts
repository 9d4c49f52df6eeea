import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeNext } from '../../src/auth/index.ts'
import { withParameter } from '../../src/core/token/paths.ts'
import { foreignAddresses, ownAddresses } from '../_support/addresses.ts'

test.each(ownAddresses)('%j is a path of this site', (next) => {
  expect(safeNext(next, '/home')).toBe(next)
})

test.each(foreignAddresses)('%j is not', (next) => {
  expect(safeNext(next, '/home')).toBe('/home')
  expect(safeNext(next)).toBe('/')
})

test('whatever is let through, a browser stays on the site, and it can carry a session', () => {
  const part = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '\n',
    '.',
    '..',
    '@',
    ':',
    '?',
    '#',
    '%2f',
    'evil.test',
    'http',
    ' ',
    '\u3002',
    '\uFF0F',
    'a',
    'ü'.repeat(300),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const next = safeNext(parts.join(''), '/home')
      expect(new URL(next, 'https://shop.test/sign-in').origin).toBe('https://shop.test')
      expect(new URL(withParameter(next, 'session', 'token'), 'https://shop.test/sign-in').origin).toBe('https://shop.test')
    }),
    { numRuns: 5_000 },
  )
})
