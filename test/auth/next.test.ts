import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeNext } from '../../src/auth/index.ts'

test.each(['/', '/account', '/a/b?c=d&e=f#g', '/?next=https://evil.test', '/ü', '/a//b', '/%2f%2fevil.test', '/@evil.test', '/:80'])(
  '%s is a path of this site',
  (next) => {
    expect(safeNext(next, '/home')).toBe(next)
  },
)

test.each([
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\/evil.test',
  '/a\\..\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '\t//evil.test',
  ' //evil.test',
  '/a\u0000b',
  '/a\u0085b',
  'https://evil.test',
  'https:evil.test',
  'javascript:alert(1)',
  'evil.test',
  '?next=/',
  '#',
  '',
  `/${'x'.repeat(2_048)}`,
  undefined,
  null,
  7,
  ['/account'],
  { toString: () => '/account' },
])('%o is not', (next) => {
  expect(safeNext(next, '/home')).toBe('/home')
  expect(safeNext(next)).toBe('/')
})

test('whatever is let through, a browser stays on the site', () => {
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
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const next = safeNext(parts.join(''), '/home')
      expect(new URL(next, 'https://shop.test/sign-in').origin).toBe('https://shop.test')
    }),
    { numRuns: 5_000 },
  )
})
