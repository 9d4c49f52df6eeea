/**
 * All that can happen to the tokens of a session within small bounds, on the functions that the package runs: two tabs,
 * lost responses (two in a row), late ones, a thief with the old token or with the new, a slow handler, a login, a
 * failover.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { application } from '../_support/application.ts'
import { explore } from './rotation/explore.ts'
import { options, replay } from './rotation/replay.ts'
import { broken, real } from './rotation/rules.ts'
import type { Exploration } from './rotation/rules.ts'

describe('the rules hold', () => {
  test.each<[exploration: Exploration, what: string]>([
    ['honest', 'two tabs and two lost responses in a row lock nobody out and raise no alarm'],
    ['upload', 'nor does a handler that looks at its session long after it was opened'],
    ['thief', 'a thief never leaves the user silently out, and no run in which both are active goes on without an alarm'],
    ['login', 'after a login what a thief holds is worth nothing, and raises none'],
    ['failover', 'a store that lost writes raises no alarm'],
  ])('%s: %s', (exploration) => {
    const { worlds, counterexample } = explore(real, exploration)
    expect(counterexample?.join('\n')).toBe(undefined)
    expect(worlds).toBeGreaterThan(100)
  })
})

test('real sessions go the same ways, step by step', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 120, maxLength: 120 }), async (choices) => {
      const { sessions, clock } = application(options)
      expect(await replay(sessions, clock, choices)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

describe('each rule is needed: without it the exploration finds what goes wrong', () => {
  test.each(broken)('$name: $what', ({ by, rules }) => {
    expect(explore({ ...real, ...rules }, by).counterexample).toBeDefined()
  })
})
