/** What the copies of a module share that Next loads several times. How they look is what Turbopack makes of them. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sharedSessions } from '../../src/frameworks/next/shared.ts'
import { createSessions } from '../../src/index.ts'
import type { Sessions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { SECRET, code } from '../_support/application.ts'

let closed: string[]
let name: string
beforeEach((context) => {
  closed = []
  name = context.task.id
})
afterEach(() => vi.unstubAllEnvs())

/** A copy of the module's function, with the text that a bundler would give it. */
function copy(layer: string, code: string): () => Sessions {
  const make = (): Sessions => {
    const close = async (): Promise<void> => void closed.push(code)
    return createSessions({ secrets: [SECRET], store: Object.assign(memoryStore(), { close }) })
  }
  return Object.assign(make, { toString: () => `()=>(0, __TURBOPACK__index$2e$js__$5b$${layer}$5d$__["createSessions"])(${code})` })
}

const sessionsOf = (layer: string, code: string): unknown => sharedSessions(name, copy(layer, code)).get().sessions

test('in production the first copy makes the sessions, and makes them once', () => {
  vi.stubEnv('NODE_ENV', 'production')
  const first = sessionsOf('app$2d$rsc', 'a')
  expect([sessionsOf('app$2d$route', 'a'), sessionsOf('app$2d$rsc', 'b')]).toEqual([first, first])
  expect(closed).toEqual([])
})

test('in development a new route changes nothing, and a changed file replaces them and closes the old ones', async () => {
  vi.stubEnv('NODE_ENV', 'development')
  const first = sessionsOf('app$2d$rsc', 'a')
  expect(sessionsOf('app$2d$route', 'a')).toBe(first)
  const second = sessionsOf('app$2d$rsc', 'b')
  expect(second).not.toBe(first)
  await expect.poll(() => closed).toEqual(['a'])
  expect(sessionsOf('app$2d$route', 'a'), 'the old file, loaded once more').toBe(second)
  expect([sessionsOf('app$2d$route', 'b'), sessionsOf('middleware', 'b')]).toEqual([second, second])
  expect(sessionsOf('app$2d$rsc', 'a'), 'changed back').not.toBe(second)
  await expect.poll(() => closed).toEqual(['a', 'b'])
})

test('two names have nothing in common', () => {
  const first = sessionsOf('app$2d$rsc', 'a')
  expect(sharedSessions(`${name}-other`, copy('app$2d$rsc', 'a')).get().sessions).not.toBe(first)
})

test('a function that makes no sessions is told so', () => {
  expect(() => sharedSessions(name, () => ({}) as Sessions).get()).toThrow(code('ERR_SESSION_OPTIONS'))
})
