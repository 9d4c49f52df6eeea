import express5 from 'express'
import type { RequestHandler } from 'express'
import express4 from 'express4'
import theirs from 'express-session'
import { describe, expect, test } from 'vitest'
import ours from '../../../src/frameworks/express-session/index.ts'
import type { CompatSessionOptions } from '../../../src/frameworks/express-session/index.ts'
import { serve } from '../node/server.ts'
import { behaviours } from './behaviours.ts'
import type { Behaviour } from './behaviours.ts'
import { browser } from './browser.ts'

const COMMON: CompatSessionOptions = {
  secret: 'the secret of these tests, 32 or more',
  resave: false,
  saveUninitialized: false,
  cookie: { secure: false },
}

async function outcome(middleware: RequestHandler, express: typeof express5, { routes, visit }: Behaviour): Promise<unknown> {
  const app = express()
  app.set('env', 'test')
  app.use(middleware)
  routes(app)
  await using server = await serve(app)
  return await visit(browser(server.port), browser(server.port))
}

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('on Express %s', (version, express) => {
  test.each(behaviours.map((behaviour) => [behaviour.does, behaviour] as const))('%s', async (_does, behaviour) => {
    const options = { ...COMMON, ...behaviour.options }
    const routes = version === '4' ? withOldWildcards(behaviour) : behaviour
    const [seen, expected] = await Promise.all([
      outcome(ours(options), express, routes),
      outcome(theirs(options as Parameters<typeof theirs>[0]), express, routes),
    ])
    const { differs } = behaviour
    if (!differs) return expect(seen).toEqual(expected)
    expect(expected).toEqual(differs.theirs)
    expect(seen).toEqual(differs.ours)
  })
})

/** Express 4 knows `*`, and 5 only `*name`. */
function withOldWildcards(behaviour: Behaviour): Behaviour {
  return {
    ...behaviour,
    routes(router) {
      const all = router.all.bind(router)
      Object.assign(router, { all: (path: string, handler: RequestHandler) => all(path.replace('*path', '*'), handler) })
      behaviour.routes(router)
    },
  }
}
