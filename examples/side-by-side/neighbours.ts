import { findEngine } from '../../scripts/engines.ts'
import type { EngineName } from '../../scripts/engines.ts'
import { startDjango } from './django/neighbour.ts'
import { startExpressSession } from './express-session/neighbour.ts'
import { startFlask } from './flask/neighbour.ts'
import type { Neighbour } from './neighbour.ts'

/** A system that can stand beside Node. */
export interface NeighbourKind {
  readonly name: string
  /** What the system needs and is not installed. */
  readonly missing: EngineName | undefined
  start(): Promise<Neighbour>
}

export const neighbours: readonly NeighbourKind[] = [
  kind('Flask', ['python-flask'], ([python]) => startFlask(python!)),
  kind('Django', ['python-django'], ([python]) => startDjango(python!)),
  kind('express-session', ['redis'], ([redis]) => startExpressSession(redis!)),
]

function kind(name: string, needs: readonly EngineName[], start: (programs: readonly string[]) => Promise<Neighbour>): NeighbourKind {
  const programs = needs.map((engine) => findEngine(engine))
  return { name, missing: needs.find((_, i) => programs[i] === undefined), start: () => start(programs as string[]) }
}
