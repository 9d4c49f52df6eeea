import { globSync, readFileSync, statSync } from 'node:fs'
import { root } from '../../scripts/run.ts'

const notOurs = /(^|\/)(node_modules|dist|\.git|\.tmp)(\/|$)/

/** Text files by path from the root, as the patterns find them. */
export function readFiles(...patterns: string[]): Map<string, string> {
  const paths = globSync(patterns, { cwd: root, exclude: (path) => notOurs.test(path) }).filter((path) => statSync(root + path).isFile())
  return new Map(paths.toSorted().map((path) => [path.replaceAll('\\', '/'), readFileSync(root + path, 'utf8')]))
}
