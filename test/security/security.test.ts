/** One test for each line that `docs/reference/security.md` shows, named by its number. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sources } from './sources.ts'

test('every file of requirements is among the sources, and none is claimed that is not there', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !['requirement.ts', 'sources.ts', 'security.test.ts'].includes(name))
  expect(sources.map(({ file }) => file).toSorted()).toEqual(files.toSorted())
})

describe.each(sources)('$title', ({ requirements }) => {
  test.each(requirements)('$id: $text ($verdict)', async ({ test: shows }) => {
    expect.hasAssertions()
    await shows()
  })

  test('each line stands once', () => {
    const ids = requirements.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
