import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../../scripts/run.ts'
import { importsOf } from './imports.ts'

/** What a built file loads. */
export interface Loaded {
  /** Paths of our own files, the first one's too. */
  readonly files: ReadonlySet<string>
  /** What else is imported, and by which file. */
  readonly foreign: readonly string[]
}

/**
 * Walks the imports from a built file, lazy ones too. A client that a store loads when it is asked to is left out: it
 * is an optional peer.
 *
 * @param peers names of packages that may be loaded so
 */
export function loadedBy(start: string, peers: readonly string[]): Loaded {
  const files = new Set([start])
  const foreign: string[] = []
  for (const file of files) {
    for (const { specifier = 'a computed name', lazy } of importsOf(file, readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier))
      else if (lazy && peers.includes(packageOf(specifier))) continue
      else if (!specifier.startsWith('node:')) foreign.push(`${file.slice(root.length)}: ${specifier}`)
    }
  }
  return { files, foreign }
}

/** The package that an import specifier is of. */
export function packageOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]
}
