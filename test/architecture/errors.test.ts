import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/run.ts'
import { errorCodes } from '../../src/core/basics/errors.ts'
import { readFiles } from './files.ts'

const sources = [...readFiles('src/**/*.ts')].filter(([path]) => path !== 'src/core/basics/errors.ts' && !path.endsWith('.test.ts'))

describe('error codes', () => {
  test.each(Object.keys(errorCodes))('%s is thrown somewhere', (code) => {
    const made = code === 'ERR_SESSION_OPTIONS' ? 'throw optionError(' : `'${code}'`
    expect(sources.some(([, source]) => source.includes(made))).toBe(true)
  })

  test('that of a wrong option is made by optionError alone', () => {
    expect(sources.filter(([, source]) => source.includes("'ERR_SESSION_OPTIONS'")).map(([path]) => path)).toEqual([])
  })

  test('none is used, or mentioned, that is not in the table', () => {
    const unknown = sources.flatMap(([path, source]) =>
      [...source.matchAll(/\bERR_SESSION_[A-Z_]*[A-Z]\b/g)]
        .filter(([code]) => !Object.hasOwn(errorCodes, code))
        .map(([code]) => `${path}: ${code}`),
    )
    expect(unknown).toEqual([])
  })

  test('the reference page lists exactly these, with their texts (npm run docs)', () => {
    const page = readFileSync(`${root}docs/reference/errors.md`, 'utf8')
    const listed = [...page.matchAll(/^## (\S+)\n\n(.+)\n/gm)].map(([, code, text]) => [code, text])
    expect(listed).toEqual(Object.entries(errorCodes))
  })
})
