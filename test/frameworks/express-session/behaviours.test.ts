import express5 from 'express'
import type { RequestHandler } from 'express'
import express4 from 'express4'
import theirs from 'express-session'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import ours from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import { memoryStore } from '../../../src/index.ts'
import { serve } from '../node/server.ts'
import { cookieBehaviours } from './behaviours-of-cookies.ts'
import { reachBehaviours } from './behaviours-of-reach.ts'
import { storeBehaviours } from './behaviours-of-stores.ts'
import { behaviours } from './behaviours.ts'
import type { Behaviour } from './behaviours.ts'
import { browser } from './browser.ts'

const COMMON: CompatSessionOptions = {
  secret: 'the secret of these tests, 32 or more',
  resave: false,
  saveUninitialized: false,
  cookie: { secure: false },
}

// Both libraries name the options that they would rather not have.
vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
vi.spyOn(process.stderr, 'write').mockImplementation(() => true)

// Both see the same time.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

type Make = (options: CompatSessionOptions) => RequestHandler

async function outcome(make: Make, express: typeof express5, { options, before, routes, visit }: Behaviour): Promise<unknown> {
  const app = express()
  app.set('env', 'test')
  before?.(app)
  app.use(make({ ...COMMON, ...(typeof options === 'function' ? options() : options) }))
  routes(app)
  await using server = await serve(app)
  return await visit(browser(server.port), browser(server.port))
}

const all = [...behaviours, ...cookieBehaviours, ...reachBehaviours, ...storeBehaviours]

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('on Express %s', (version, express) => {
  describe.each([
    ['without a store, in the form of express-session', (options: CompatSessionOptions) => ours(options), false],
    ['with a store of ours', (options: CompatSessionOptions) => ours({ ...options, store: memoryStore() }), true],
  ] as const)('%s', (_form, make, isOwn) => {
    const compared = all.filter(({ notWithOurStore }) => !isOwn || notWithOurStore === undefined)
    test.each(compared.map((behaviour) => [behaviour.does, behaviour] as const))('%s', async (_does, behaviour) => {
      const adapted = version === '4' ? withOldWildcards(behaviour) : behaviour
      const [seen, expected] = await Promise.all([
        outcome(make, express, adapted),
        outcome((options) => theirs(options as Parameters<typeof theirs>[0]), express, adapted),
      ])
      const { differs } = behaviour
      if (!differs || (differs.withOurStore && !isOwn)) return expect(seen).toEqual(expected)
      expect(expected).toEqual(differs.theirs)
      expect(seen).toEqual(differs.ours)
    })
  })
})

/** Express 4 knows `*`, and 5 only `*name`. */
function withOldWildcards(behaviour: Behaviour): Behaviour {
  return {
    ...behaviour,
    routes(app) {
      const all = app.all.bind(app)
      Object.assign(app, { all: (path: string, handler: RequestHandler) => all(path.replace('*path', '*'), handler) })
      behaviour.routes(app)
    },
  }
}
