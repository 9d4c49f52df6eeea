/** What promise P3 asks of Express, asked of code that was written for express-session. */
import express5 from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { ownMiddleware } from '../../../src/frameworks/express-session/middleware.ts'
import { readOwnOptions } from '../../../src/frameworks/express-session/own.ts'
import { run, scenarios } from '../express/matrix.ts'
import type { Adapter } from '../express/matrix.ts'
import type { AnyRequest } from './behaviours.ts'

const { settings } = readOwnOptions({ saveUninitialized: false, cookie: { secure: false } })

const adapter: Adapter = {
  middleware: (sessions) => ownMiddleware(sessions, settings),
  change(_sessions, request) {
    const { session } = request as unknown as AnyRequest
    session['visits'] = (session['visits'] ?? 0) + 1
  },
}

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('on Express %s', (_version, express) => {
  describe.each(['session first', 'compression first'] as const)('%s', (order) => {
    describe.each(['is saved', 'is not saved'] as const)('the session %s', (outcome) => {
      it.concurrent.each(scenarios)('$name', async (scenario) => {
        expect.hasAssertions()
        await run(outcome, scenario, { adapter, express, order, changed: 'in the handler' })
      })
    })
  })
})
