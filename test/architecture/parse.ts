/* oxlint-disable typescript/no-deprecated -- parseAst's successor is exported by vite only, which is no dependency of ours */
import { parseAst } from 'vitest/node'

/** The syntax tree of a source, a declaration file or a built file. Throws, naming the file, on what is none. */
export function parse(path: string, source: string): ReturnType<typeof parseAst> {
  const lang = path.endsWith('.d.ts') ? 'dts' : path.endsWith('.ts') ? 'ts' : 'js'
  return parseAst(source, { lang }, path)
}
