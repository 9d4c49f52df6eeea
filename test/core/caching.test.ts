import { describe, expect, test } from 'vitest'
import { isTargetedCacheControl, privateCacheControl, varyWith } from '../../src/core/basics/caching.ts'

describe('a response that hands out a token says exactly `no-store`', () => {
  test.each([
    undefined,
    null,
    '',
    'public, max-age=600',
    'must-understand, no-store, public, max-age=600',
    'ext="a, no-store, b", public, max-age=600',
    'No-Store',
    'no-store, no-transform',
    'private',
  ])('instead of %j', (current) => {
    expect(privateCacheControl(current, true)).toBe('no-store')
  })

  test('and stays as it is where it does', () => {
    expect(privateCacheControl('no-store', true)).toBe(undefined)
  })
})

test.each([
  [undefined, 'Cookie'],
  ['Accept', 'Accept, Cookie'],
  ['accept, COOKIE', 'accept, COOKIE'],
  ['*', '*'],
  ['Accept, *', 'Accept, *'],
])('Vary: %j becomes %j, because * says it already', (current, becomes) => {
  expect(varyWith(current, 'Cookie')).toBe(becomes)
})

describe('a response that depends on a session is private', () => {
  test.each<[current: string | undefined, becomes: string | undefined]>([
    [undefined, 'private'],
    ['max-age=600', 'private, max-age=600'],
    ['public, max-age=600', 'private, max-age=600'],
    ['PUBLIC', 'private'],
    ['s-maxage=5, private', 'private'],
    ['private, max-age=5', undefined],
    ['no-store', undefined],
    ['no-store, max-age=0', undefined],
    // Under it a cache that understands the status may store.
    ['must-understand, no-store', 'private, must-understand, no-store'],
    // In quotes it is no directive, and with a value it is about headers alone.
    ['ext="a, no-store, b", max-age=5', 'private, ext="a, no-store, b", max-age=5'],
    ['ext="private", public', 'private, ext="private"'],
    ['ext="a\\", private", max-age=5', 'private, ext="a\\", private", max-age=5'],
    ['private="x-foo", max-age=600', 'private, max-age=600'],
    ['ext="never closed, private', 'private, ext="never closed, private'],
    [' , ,', 'private'],
  ])('%j', (current, becomes) => {
    expect(privateCacheControl(current, false)).toBe(becomes)
  })
})

test.each<[name: string, is: boolean]>([
  ['CDN-Cache-Control', true],
  ['cloudflare-cdn-cache-control', true],
  ['Surrogate-Control', true],
  ['Vercel-CDN-Cache-Control', true],
  ['Cache-Control', false],
  ['X-Cache', false],
])('%s is for some caches alone: %s', (name, is) => {
  expect(isTargetedCacheControl(name)).toBe(is)
})
