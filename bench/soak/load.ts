/**
 * The load process of the soak; its argument says where to. Visitors come, one after the other in each lane, until it
 * is told to rest; then it says how often each thing happened, as soon as the last of them has left.
 *
 * @module
 */
import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { Browser } from './browser.ts'
import { live } from './life.ts'

export interface LoadOrder {
  readonly port: number
  /** The first parts of the paths, and how many visitors each has at a time. */
  readonly paths: readonly string[]
  readonly lanes: number
  /** Milliseconds that a visitor waits between two requests, at most. */
  readonly thought: number
}

/** `visitors`: how many are to come in each lane; if left out, as many as come until it rests. */
export type LoadQuestion = { readonly kind: 'go'; readonly visitors?: number } | { readonly kind: 'rest' }

/**
 * Lanes of those who pass by, and milliseconds between two of them: enough for what a process remembers of its last
 * thousand sessions to be full after a minute.
 */
const PASSERS = 4
const PASSING = 150

const { port, paths, lanes, thought } = JSON.parse(process.argv[2]!) as LoadOrder
const happened: Record<string, number> = {}
const count = (what: string): void => void (happened[what] = (happened[what] ?? 0) + 1)
let isResting = true
let working: Promise<unknown> = Promise.resolve()
let agent = new Agent()

process.on('message', (question: LoadQuestion) => {
  if (question.kind === 'rest') return void rest()
  isResting = false
  agent = new Agent({ keepAlive: true, maxFreeSockets: lanes })
  const { visitors = Infinity } = question
  const passers = visitors < Infinity ? 0 : PASSERS
  working = Promise.all(
    paths.flatMap((path) => [
      ...Array.from({ length: lanes }, () => visitAll(path, visitors)),
      ...Array.from({ length: passers }, () => passBy(path)),
    ]),
  )
  process.send?.({})
})
process.on('disconnect', () => process.exit(0))

async function visitAll(path: string, visitors: number): Promise<void> {
  // A visitor that was asked for comes and stays, even if the load is to rest afterwards.
  const mayStay = (): boolean => visitors < Infinity || !isResting
  for (let visitor = 0; visitor < visitors && mayStay(); visitor++) {
    count('visitors')
    await live(new Browser(port, agent), { path, thought, mayStay }, count)
  }
}

/** Visitors come one after the other. Each writes once and never returns. */
async function passBy(path: string): Promise<void> {
  while (!isResting) {
    count('visitors that passed by')
    await new Browser(port, agent).ask(`/${path}/write`)
    await setTimeout(PASSING)
  }
}

async function rest(): Promise<void> {
  isResting = true
  await working
  agent.destroy()
  process.send?.(happened)
}
