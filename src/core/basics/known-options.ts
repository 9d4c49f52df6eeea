import { optionError } from './errors.ts'

/** The names of all options of a type. TypeScript says which one is missing. */
export type KnownOptions<Options> = { readonly [Name in keyof Options]-?: true }

/**
 * Refuses options whose name nobody reads: without it, a wrong name would be a wish that is silently not granted.
 *
 * @param where what takes them, such as `sqliteStore`; empty for `createSessions`
 * @param hints what to write instead of names that other libraries have
 * @throws ERR_SESSION_OPTIONS
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  known: KnownOptions<Options>,
  hints: Readonly<Record<string, string>> = {},
): void {
  const prefix = where === '' ? '' : `${where}: `
  const names = Object.keys(known)
  if (typeof options !== 'object' || options === null) {
    throw optionError(`${prefix}write an object of options. There are: ${names.join(', ')}.`)
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue
    const hint = Object.hasOwn(hints, name) ? hints[name] : suggestionFor(name, names)
    throw optionError(`${prefix}unknown option '${name}'. ${hint}There are: ${names.join(', ')}.`)
  }
}

function suggestionFor(name: string, names: readonly string[]): string {
  const [nearest] = names
    .map((known) => ({ known, distance: distanceOf(name.toLowerCase(), known.toLowerCase()) }))
    .filter(({ known, distance }) => distance <= Math.max(1, Math.floor(known.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
  return nearest ? `Did you mean '${nearest.known}'? ` : ''
}

/** How many characters are to be inserted, removed or replaced to make one text of the other. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (from[i] === to[j] ? 0 : 1)))
    row = next
  }
  return row[to.length]!
}
