import { globSync, readFileSync, statSync } from 'node:fs'
import { root } from '../../scripts/run.ts'

const notOurs = /(^|\/)(node_modules|dist|\.git|\.tmp)(\/|$)/

/** Text files by path from the root, as the patterns find them. */
export function readFiles(...patterns: string[]): Map<string, string> {
  const found = globSync(patterns, { cwd: root, exclude: (path) => notOurs.test(path) })
  // Asked again: in a worktree `.git` is a file, and those are not excluded.
  const paths = found.filter((path) => !notOurs.test(path) && statSync(root + path).isFile())
  return new Map(paths.toSorted().map((path) => [path.replaceAll('\\', '/'), readFileSync(root + path, 'utf8')]))
}
