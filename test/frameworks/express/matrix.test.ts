import express5 from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { session } from '../../../src/frameworks/express.ts'
import { run, scenarios } from './matrix.ts'
import type { Adapter } from './matrix.ts'

const adapter: Adapter = { middleware: session, change: (sessions, request) => sessions.open(request).increment('visits') }

describe.each([
  ['4', express4],
  ['5', express5],
] as const)('Express %s', (_version, express) => {
  describe.each(['session first', 'compression first'] as const)('%s', (order) => {
    describe.each(['in middleware', 'in the handler'] as const)('changed %s', (changed) => {
      describe.each(['is saved', 'is not saved'] as const)('the session %s', (outcome) => {
        it.concurrent.each(scenarios)('$name', async (scenario) => {
          expect.hasAssertions()
          await run(outcome, scenario, { adapter, express, order, changed })
        })
      })
    })
  })
})
