/**
 * What the command line asks for: `--quick` for a short, rough run, `--only` with parts of the bench and pieces of
 * contestants' names, as in `--only http,express,redis`.
 *
 * @module
 */
import { bareOf, contestants, nameOf } from './contestants.ts'
import type { Contestant } from './contestants.ts'
import { full, quick } from './effort.ts'
import type { Effort } from './effort.ts'
import type { Part as GroupPart } from './group.ts'

export type Part = GroupPart | 'lives' | 'weight'

const parts: readonly Part[] = ['objects', 'http', 'survivors', 'lives', 'weight']

export interface Choice {
  readonly effort: Effort
  readonly contestants: readonly Contestant[]
  /** Where the results go; only a full run of everything is the latest. */
  readonly file: string
  wants(part: Part): boolean
}

/** @throws a word of `--only` that names nothing */
export function choiceOf(args: readonly string[]): Choice {
  const isQuick = args.includes('--quick')
  const at = args.indexOf('--only')
  const words = at === -1 ? [] : (args[at + 1] ?? '').split(',').filter(Boolean)
  if (at !== -1 && words.length === 0) throw new Error(`--only: what? Parts are ${parts.join(', ')}; the rest is a piece of a name.`)
  const wanted = words.filter((word): word is Part => parts.some((part) => part === word))
  const pieces = words.filter((word) => !parts.some((part) => part === word))
  return {
    effort: isQuick ? quick : full,
    contestants: withBare(contestants.filter((one) => pieces.every((piece) => nameOf(one).includes(piece)))),
    file: `${words.length > 0 ? 'part.local' : isQuick ? 'quick.local' : 'latest'}.json`,
    wants: (part) => wanted.length === 0 || wanted.includes(part),
  }
}

/** Every contestant is measured beside the bare server. */
function withBare(chosen: readonly Contestant[]): readonly Contestant[] {
  if (chosen.length === 0) throw new Error('--only: no contestant has such a name.')
  const bare = new Set(chosen.map(bareOf))
  return contestants.filter((one) => chosen.includes(one) || bare.has(nameOf(one)))
}
