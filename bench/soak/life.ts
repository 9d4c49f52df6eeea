/**
 * The life of one visitor, from the first request without a cookie to one of several ends.
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import type { Browser, Outcome, Tab } from './browser.ts'
import { PRINCIPALS } from './settings.ts'

export type Count = (what: string) => void

/** Milliseconds that an open connection waits for its end. */
const PATIENCE = 5_000

export interface Habits {
  /** The first part of the paths of an engine's application. */
  readonly path: string
  /** Milliseconds between two requests, at most. */
  readonly thought: number
  mayStay(): boolean
}

export async function live(browser: Browser, { path, thought, mayStay }: Habits, count: Count): Promise<void> {
  const user = `user-${Math.floor(Math.random() * PRINCIPALS)}`
  const ask = (page: string, forged = false): Promise<Outcome> => {
    count('requests')
    return counted(forged ? browser.askForged(`/${path}/${page}`) : browser.ask(`/${path}/${page}`), count)
  }
  const abort = (page: string, isAtOnce: boolean): Promise<void> => {
    count('requests aborted')
    return browser.abort(`/${path}/${page}`, isAtOnce)
  }

  await ask('read')
  await ask('write')
  const isSigned = isLikely(0.8) && (await ask(`sign-in?user=${user}${isLikely(0.3) ? '&remember' : ''}`)) === 'answered'
  const tabs = isSigned ? await openTabs(browser, `/${path}/events`, 1 + Math.floor(Math.random() * 3), count) : []
  // One in ten stays long enough for routine rotation.
  const steps = isLikely(0.1) ? 80 : 8
  for (let step = 0; step < steps && mayStay(); step++) {
    await setTimeout(Math.random() * thought)
    const chance = Math.random()
    if (chance < 0.4) await ask('read')
    else if (chance < 0.6) await ask('write')
    else if (chance < 0.7) await Promise.all([ask('write'), ask('write'), ask('read')])
    else if (chance < 0.75) await ask('rotate')
    else if (chance < 0.8) await ask('slow')
    else if (chance < 0.85) await abort('slow', false)
    else if (chance < 0.9) await abort('write', true)
    else if (chance < 0.95) await abort('events', true)
    else {
      count('tokens forged')
      await ask('read', true)
    }
  }
  const end = Math.random()
  if (end < 0.4 || !isSigned) return closeAll(tabs)
  if (end < 0.45) await ask('console/numbers')
  await ask(end < 0.7 ? 'sign-out' : `revoke-all?user=${user}`)
  await Promise.all(tabs.map((tab) => endOf(tab, count)))
}

async function openTabs(browser: Browser, path: string, many: number, count: Count): Promise<Tab[]> {
  const opened = await Promise.all(Array.from({ length: many }, () => browser.open(path)))
  const tabs = opened.filter((tab) => tab !== undefined)
  for (const _ of tabs) count('connections opened')
  return tabs
}

function closeAll(tabs: readonly Tab[]): void {
  for (const tab of tabs) tab.close()
}

/** The session has ended, so the server is to end its connections. */
async function endOf(tab: Tab, count: Count): Promise<void> {
  const patience = new AbortController()
  const isOver = await Promise.race([
    tab.over.then(() => true),
    setTimeout(PATIENCE, false, { signal: patience.signal }).catch(() => false),
  ])
  patience.abort()
  if (isOver) count('connections ended by the server')
  tab.close()
}

async function counted(asking: Promise<Outcome>, count: Count): Promise<Outcome> {
  const outcome = await asking
  count(`requests ${outcome}`)
  return outcome
}

function isLikely(probability: number): boolean {
  return Math.random() < probability
}
