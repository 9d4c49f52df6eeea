/** The contract suite of adapters, over every adapter and every kind of response. */
import { describe, test } from 'vitest'
import type { SessionStore } from '../../../src/index.ts'
import { adapterContract } from '../../../src/testing/index.ts'
import { leftOut } from '../../_support/left-out.ts'
import { applications } from './applications.ts'
import { buffered, kinds } from './kinds.ts'

/** The compatibility layer reads ahead of code that reads synchronously: docs/decisions/0076-the-bag-is-compared.md. */
export const readsAhead = { 'a handler that never touches the session': 'a visitor with a genuine cookie costs one read' }

const whole = 'a response that is handed over whole has no headers before its end'
const streams = {
  'a stream that breaks off': whole,
  'a change within a stream, the first': whole,
  'a change within a stream, after one before it': whole,
}

/** Without a session too: Koa's own error page has a body, and a body for HEAD makes node:http2 break off. */
const head = 'Koa has no error page for HEAD on HTTP/2'
const heads = { 'a failed save is an error: HEAD': head, 'a failed save is an error: HEAD of a stream': head }

const leftOpen = { 'a stream that breaks off': 'h3 1 leaves the response of such a stream open, also without a session' }

const unheard = {
  'a stream that breaks off': 'the first releases of h3 2 leave the rejection of such a stream to the process, also without a session',
}

function skipOf(name: string): Record<string, string> {
  if (name.startsWith('express-session')) return readsAhead
  if (name === 'koa on HTTP/2') return heads
  if (name === 'h3 1' || name === 'h3 1, handlers that return a Response') return leftOpen
  if (name === 'h3, the first releases of 2') return unheard
  return buffered.includes(name) ? streams : {}
}

/** Defines the cases of all adapters with a store. */
export function describeAdapters(store: () => SessionStore): void {
  for (const [name, make] of Object.entries({ ...applications, ...kinds })) {
    describe(name, () => {
      for (const { name: rule, why, skip, run } of adapterContract(make, { store, skip: skipOf(name) })) {
        test(`${rule}: ${why}`, leftOut(skip), run)
      }
    })
  }
}
