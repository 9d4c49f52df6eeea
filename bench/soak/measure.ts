/**
 * What may grow in a process: memory, handles, objects that should be gone, and listeners.
 *
 * @module
 */
import type { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { queryObjects, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Census } from './census.ts'
import type { Figures } from './soak.ts'

/** The objects that are measured beside the process itself. */
export interface Subjects {
  /** Emitters whose listeners are counted: of several, those of the one that has most. */
  readonly emitters: Readonly<Record<string, () => readonly EventEmitter[]>>
  readonly census: Census
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** After a garbage collection. */
export async function measure({ emitters, census }: Subjects): Promise<Figures> {
  collect()
  // What was collected is told in a task of its own.
  for (let turn = 0; turn < 3; turn++) await setImmediate()
  const { heapUsed, external, rss } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  const active = (kind: string): number => resources.filter((one) => one === kind).length
  const [timers, sockets] = [active('Timeout'), active('TCPSocketWrap')]
  const most = (list: readonly EventEmitter[]): number => Math.max(0, ...list.map((emitter) => listenersOf(emitter)))
  return {
    'heap, MB': heapUsed / 1e6,
    'outside the heap, MB': external / 1e6,
    'resident, MB': rss / 1e6,
    'timers that wait': timers,
    sockets,
    'other handles': resources.length - timers - sockets - active('Immediate'),
    ...census.figures,
    ...Object.fromEntries(Object.entries(emitters).map(([name, list]) => [`listeners of ${name}`, most(list())])),
  }
}

/**
 * Objects that any code may make. They are counted by a search of the heap, which is too slow for a server under load.
 */
const everywhere = {
  // Also timers that keep no process alive: nothing else counts those.
  'timers in the heap': setTimeout(() => {}, 0).constructor,
  'promises in the heap': Promise,
  'abort signals in the heap': AbortSignal,
}

export function inTheHeap(): Figures {
  return Object.fromEntries(Object.entries(everywhere).map(([name, of]) => [name, queryObjects(of, { format: 'count' })]))
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
