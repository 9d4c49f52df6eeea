import { setTimeout as delay } from 'node:timers/promises'
import { createSessions } from '../../../src/index.ts'
import type { Sessions } from '../../../src/index.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { scriptedStore } from '../../../src/testing/index.ts'
import { PATIENCE } from '../../_support/patience.ts'

export type Data = { visits?: number }
export interface SlowSessions {
  readonly sessions: Sessions<Data>
  /** What happened, in order: 'saved' or 'not saved', and what a test adds. */
  readonly events: string[]
}

export type Outcome = 'is saved' | 'is not saved'

/** Sessions whose save takes a while, and may then fail. */
export function slowSessions(outcome: Outcome, milliseconds = 20): SlowSessions {
  const events: string[] = []
  const store = scriptedStore(memoryStore(), { replies: 'certain' })
  store.before('create', async () => {
    await delay(milliseconds)
    if (outcome === 'is saved') return
    events.push('not saved')
    throw new Error('The disk is full.')
  })
  store.after('create', () => events.push('saved'))
  const sessions = createSessions<Data>({ ...PATIENCE, secrets: ['0123456789abcdef0123456789abcdef'], store, development: true })
  return { sessions, events }
}
