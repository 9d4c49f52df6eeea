import { globSync, readFileSync, statSync } from 'node:fs'
import { root } from '../../scripts/run.ts'

const notOurs = /(^|\/)(node_modules|dist|\.git|\.tmp)(\/|$)/

/** Text files by path from the root, as the patterns find them. */
export function readFiles(...patterns: string[]): Map<string, string> {
  const found = globSync(patterns, { cwd: root, exclude: (path) => notOurs.test(path) })
  // In a worktree .git is a file, which glob does not ask `exclude` about.
  const paths = found.filter((path) => !notOurs.test(path) && statSync(root + path).isFile())
  return new Map(paths.toSorted().map((path) => [path.replaceAll('\\', '/'), readFileSync(root + path, 'utf8')]))
}
