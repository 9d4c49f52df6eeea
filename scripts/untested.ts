import { posix } from 'node:path'
import { importsOf } from '../test/architecture/imports.ts'

/** Programs that tests start as processes of their own. */
const programs = /^examples\/(?:.+\/)?(?:main|application)\.ts$/

/** Whether it belongs to an application that is built and served as a whole: its test lies beside its folder. */
function hasTestOfApp(path: string, files: ReadonlyMap<string, string>): boolean {
  const folder = /^examples\/frameworks\/[^/]+(?=\/)/.exec(path)?.[0]
  return folder !== undefined && files.has(`${folder}.test.ts`)
}

/** The examples that no test reaches by its imports or by a program it starts. `files` by path from the root. */
export function untestedExamples(files: ReadonlyMap<string, string>): string[] {
  const reached = new Set<string>()
  function reach(path: string): void {
    const source = files.get(path)
    if (source === undefined || reached.has(path)) return
    reached.add(path)
    for (const { specifier } of importsOf(path, source)) {
      if (specifier?.startsWith('.')) reach(posix.join(posix.dirname(path), specifier))
    }
  }
  const examples = [...files.keys()].filter((path) => path.startsWith('examples/') && !path.endsWith('.d.ts'))
  for (const path of files.keys()) if (path.endsWith('.test.ts') || programs.test(path)) reach(path)
  return examples.filter((path) => !reached.has(path) && !hasTestOfApp(path, files))
}
