import { openTarget } from '../_shared/target.ts'
import type { Target } from '../_shared/target.ts'
import type { Output } from '../_shared/output.ts'

export interface Option {
  readonly type: 'string' | 'boolean'
  /** What its value is called in the help, such as `N` in `--limit N`. */
  readonly of?: string
  readonly says: string
}

/** How a command was called. */
export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | undefined>>
  readonly positionals: readonly string[]
  readonly output: Output
}

export interface Command {
  readonly name: string
  /** How the command is written, without its options. */
  readonly synopsis: string
  readonly says: string
  /** How many operands it takes, at least and at most. */
  readonly operands: readonly [least: number, most: number]
  readonly options: Readonly<Record<string, Option>>
  /** Returns the exit code. */
  run(invocation: Invocation): Promise<number>
}

/** The options that say where the sessions are. */
export const TARGET: Readonly<Record<string, Option>> = {
  store: { type: 'string', of: 'ADDRESS', says: 'the store; or SOJOURN_STORE' },
  module: { type: 'string', of: 'FILE', says: 'a module that exports `sessions`' },
  name: { type: 'string', of: 'NAME', says: "the `name` of the sessions; 'session' if left out" },
  prefix: { type: 'string', of: 'TEXT', says: 'of the keys in Redis' },
  'idle-timeout': { type: 'string', of: 'TIME', says: "that of the application; '30m' if left out" },
}

/** Runs something on the sessions that the options name, and closes them. */
export async function onTarget(invocation: Invocation, run: (target: Target) => Promise<number>): Promise<number> {
  const target = await openTarget(invocation.values)
  try {
    return await run(target)
  } finally {
    await target.close()
  }
}
