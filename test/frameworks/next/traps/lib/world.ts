/** What the test sees and moves, from all copies of the modules. */
export interface World {
  /** How often the sessions were made. */
  made: number
  /** The calls of the store. */
  calls: string[]
  now: number
  /** Whether the store refuses to write. */
  isDown: boolean
  /** What a streamed component waits for. */
  gate: PromiseWithResolvers<void>
}

const everywhere = globalThis as { [WORLD]?: World }
const WORLD = Symbol.for('world')

export const world: World = (everywhere[WORLD] ??= {
  made: 0,
  calls: [],
  now: 1_800_000_000_000,
  isDown: false,
  gate: Promise.withResolvers<void>(),
})
